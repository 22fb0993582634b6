"""What every estimator is: a way to score architectures, given what it needs to know.

An estimator says what it `needs`, is prepared in a `Context` that has it, and then scores:

    ridge = ESTIMATORS["label_matched"]().prepared(Context(space, labels=Labels(architectures, accuracies)))
    scores = ridge.score(others)

A cost needs nothing but the space, a predictor labels, one that is trained a generator, too, and a zero-cost proxy
networks and a batch. To add one is to add a file that derives from `Estimator` and registers it. What all of them owe
is in `nasrank.testing.estimator_conformance`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, final

import numpy as np

from nasrank.bench.foundation.registry import Registry
from nasrank.predictors.arrays import FloatArray, finite
from nasrank.predictors.encodings.computed_once import EncodedOnce
from nasrank.predictors.encodings.encoding import ENCODINGS
from nasrank.spaces.space import SearchSpace

if TYPE_CHECKING:
    from torch import Tensor, nn

Need: TypeAlias = Literal["generator", "labels", "samples", "network", "loss", "known"]
"""What an estimator may need besides the space: the name of a field of `Context`."""


LOOKED_AT = "images"
"""The inputs of networks that estimators can look at, which fill them with noise, ones or parts of others."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Architectures whose stand-alone accuracies are known.

    Attributes:
        architectures: the labelled ones, such as the landmarks of a seed; kept as a tuple.
        accuracies: of each `(n,)`, in any one unit, higher is better; kept as float64.

    Raises:
        ValueError: fewer than two labels, not as many as architectures, or some that are NaN, infinite, masked or no
            numbers.
    """

    architectures: Sequence[Any]
    accuracies: FloatArray

    def __post_init__(self) -> None:
        if len(self.architectures) != np.size(self.accuracies) or np.size(self.accuracies) < 2:
            counts = f"{len(self.architectures)} architectures and {np.size(self.accuracies)} labels"
            raise ValueError(f"{counts}: give 2 or more of each")
        object.__setattr__(self, "architectures", tuple(self.architectures))
        object.__setattr__(self, "accuracies", finite("labels", self.accuracies))


@dataclass(frozen=True, eq=False)
class Context:
    """What there is to estimate with; None, or an empty tuple, where there is none.

    Attributes:
        space: whose architectures are to be scored.
        generator: decides all that is random in preparing. An estimator draws from it, so that each needs one of its
            own.
        labels: what is known of some architectures.
        samples: inputs `(batch, ...)` and targets `(batch, ...)` of one batch, which no estimator changes.
        network: the stand-alone network of an architecture in training mode. Its weights are freshly drawn at each
            call, and the same for the same architecture whatever was asked before; it may be changed.
        loss: the mean training loss of outputs and targets, a scalar with a gradient; lower is better.
        known: prepared estimators to stack others upon, such as `nasrank.predictors.known_scores.KnownScores`. As the
            scores of each are one more feature, their variance should be near 1. Those that cannot be stacked leave
            them alone.
        encodings: rows of architectures that were computed before, for whoever encodes them.

    Raises:
        ValueError: what is known is no sequence of estimators, or encodings are of another space.
    """

    space: SearchSpace[Any]
    generator: np.random.Generator | None = None
    labels: Labels | None = None
    samples: tuple[Tensor, Tensor] | None = None
    network: Callable[[Any], nn.Module] | None = None
    loss: Callable[[Tensor, Tensor], Tensor] | None = None
    known: tuple[Estimator, ...] = ()
    encodings: EncodedOnce | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.known, list | tuple) or not all(isinstance(one, Estimator) for one in self.known):
            raise ValueError(f"known is a tuple of prepared estimators, not {self.known!r:.80}")
        object.__setattr__(self, "known", tuple(self.known))
        if self.encodings is not None and self.encodings.space.name != self.space.name:
            raise ValueError(f"encodings of {self.encodings.space.name} are of no use in {self.space.name}")

    def encoded(self, name: str, architectures: Sequence[Any]) -> FloatArray:
        """Rows of the encoding of this name `(n, features)`, those of `encodings` where it has them; not to be changed.

        Raises:
            ValueError: an architecture of another space, or no encoding of this name.
        """
        if self.encodings is not None:
            return self.encodings.rows(name, architectures)
        return ENCODINGS.named(name).rows(self.space, architectures)


class Estimator(ABC):
    """Scores architectures, once it is prepared. It is made without arguments.

    Attributes:
        name: key in the registry, in tables and in stored results.
        label: how tables and figures call it.
        needs: what a context must have for it to be prepared.
        revision: a number that rises whenever its scores change, so that stored ones of before are told apart.
        failures: why an architecture has no score, by its printed form, of those that have been scored; empty for most
            estimators, which score every one.
    """

    name: str
    label: str
    needs: ClassVar[frozenset[Need]] = frozenset()
    revision: ClassVar[int] = 0
    failures: Mapping[str, str] = MappingProxyType({})
    _context: Context | None = None

    @classmethod
    def refuse(cls, space: SearchSpace[Any]) -> None:
        """Raise ValueError where it cannot score architectures of this space, and say why."""
        if "network" in cls.needs and space.inputs != LOOKED_AT:
            raise ValueError(
                f"{cls.name} looks at networks of {LOOKED_AT}, and those of {space.name} take {space.inputs}"
            )

    @final
    def prepared(self, context: Context) -> Self:
        """Itself, after it has been prepared.

        Raises:
            ValueError: the context does not have all that it needs, and the message names what is missing; or it
                cannot score architectures of this space.
        """
        missing = sorted(need for need in self.needs if _absent(getattr(context, need)))
        if missing:
            raise ValueError(f"{type(self).label} needs {', '.join(missing)}, which the context does not have")
        self.refuse(context.space)
        self.prepare(context)
        return self

    def prepare(self, context: Context) -> None:
        """Remember the context, or as much of it as scoring takes; one that is fitted overrides this.

        It is called by `prepared`, with a context that has all that is needed, and starts anew each time.
        """
        self._context = context

    @property
    def context(self) -> Context:
        """What `prepare` has remembered; ValueError when it has not been called."""
        if self._context is None:
            raise ValueError(f"{self.label} has not been prepared: call prepared(context) first")
        return self._context

    @abstractmethod
    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """One score an architecture `(n,)`, float64, higher is better; `(0,)` for none.

        It is finite, or NaN where there is no score, for which `failures` has a reason. It depends on the architecture
        and on what was prepared, not on the others or on any global random state.

        Raises:
            ValueError: an architecture of another space, or nothing has been prepared.
        """


def _absent(field: Any) -> bool:
    return field is None or (isinstance(field, tuple) and not field)


ESTIMATORS: Registry[type[Estimator]] = Registry(
    "estimator",
    "nasrank.predictors",
    "nasrank.predictors.labelled",
    "nasrank.predictors.learned",
    "nasrank.predictors.zero_cost",
)
"""By name. To add one: a file in one of the packages that registers it, or a plugin that does."""
