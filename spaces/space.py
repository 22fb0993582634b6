"""What every search space offers: named decisions, values for architectures, and ways from one to the other.

Nothing here imports torch: a space can be sampled and compared without it. Strategies and searchers speak only of
`decisions`, so none of them knows a space by name. An architecture is known by its `key`; a number for each there is
only in an enumerated space.

A new space says what its architectures are: `from_choices`, `to_choices`, `parse`, `key`, `graph`, `network`, `cost`.
How to sample, to move about (`nasrank.spaces.moves`) and to find the best by the scores of options follows from its
decisions. A space whose architectures can be counted through derives from `nasrank.spaces.enumerated.Enumerated`, and
one in which each combination of options is one more of them from `nasrank.spaces.product.ProductSpace`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from nasrank.spaces.decisions import Scores, best_choices
from nasrank.spaces.foreign import guard_methods
from nasrank.spaces.moves import MOST_DRAWS, A, Moves, different

if TYPE_CHECKING:
    from torch import nn

    from nasrank.spaces.options import NetworkOptions, SuperNetOptions
    from nasrank.spaces.supernet import SuperNet
    from nasrank.spaces.trellis.paths import Path, Trellis


@dataclass(frozen=True)
class OpGraph:
    """A labelled directed acyclic graph with operations on nodes, in topological order.

    Attributes:
        labels: operation of each node; the first is "input" and the last "output".
        edges: `(source, target)` pairs, source < target.
    """

    labels: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]

    def adjacency(self) -> npt.NDArray[np.int8]:
        """Upper-triangular matrix `(nodes, nodes)`, 1 where an edge runs from row to column."""
        matrix = np.zeros((len(self.labels), len(self.labels)), dtype=np.int8)
        for source, target in self.edges:
            matrix[source, target] = 1
        return matrix


@dataclass(frozen=True)
class Cost:
    """What an architecture's network costs; multiply-adds are per image, or window of text."""

    parameters: int
    multiply_adds: int


COSTS = ("multiply_adds", "parameters")
"""Numbers of a `Cost`, by which architectures can be limited or parted."""


class SearchSpace(Moves[A]):
    """A finite set of architectures spanned by decisions, of any size.

    Choices lead to one architecture each, or to none where the space forbids the combination. Two architectures that
    the benchmark holds isomorphic have one `key`.

    Every method that takes an architecture takes a text that `parse` reads, too. It raises ValueError for a malformed
    one and for an architecture of another space, and every method that takes
    choices for what is no integer in its range; numpy's integers are integers, floats and truth values are not.

    Attributes:
        value_type: the class of its architectures, which no other space has.
        mutual_neighbours: whether it promises that an architecture is, up to isomorphism, among the neighbours of each
            of its neighbours.
        contains: name of a space whose architectures are all in this one as well, or empty.
        reference: key of the paper that proposed it; empty for one of our own.
        inputs: the kind of data that its networks take, as data sets have one: a key of `DATA_KINDS`.
        libraries: packages whose versions decide what an architecture's network is.
        mixes: whether its super-net computes soft paths, too, as strategies that weigh options need.
        found_by_chance: whether options that are drawn one decision at a time soon make an architecture, so that they
            can be drawn again until they do.
    """

    name: str
    value_type: ClassVar[type[Any]]
    contains: ClassVar[str] = ""
    reference: ClassVar[str] = ""
    inputs: ClassVar[str] = "images"
    libraries: ClassVar[tuple[str, ...]] = ()
    mixes: ClassVar[bool] = True
    found_by_chance: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        """Guard what takes an architecture, so that no space has to think of it."""
        super().__init_subclass__(**options)
        guard_methods(cls)

    @property
    def passes_per_mixture(self) -> int:
        """What a mixture of all options is charged for, in passes along the path of one architecture.

        The number of options, where each is computed once, in a network that is otherwise that of a path. ValueError
        where the super-net computes no mixtures.
        """
        if not self.mixes:
            raise ValueError(f"the super-net of {self.name} computes no mixtures of options")
        return max(len(decision.options) for decision in self.decisions)

    # --- what an architecture is ---

    def traits(self, architecture: A) -> dict[str, int]:
        """Properties by which reports look at architectures in groups, each with its name; most spaces have none."""
        del architecture
        return {}

    def trellises(self, architecture: A) -> dict[str, tuple[Trellis, Path]]:
        """By name, what it chooses a path through, and that path; most spaces have no such thing."""
        del architecture
        return {}

    @property
    def strata(self) -> int:
        """Into how many parts it is divided for samples in which each has as many architectures; 1 where it is not.

        A space is divided where architectures of uniform choices are too much alike for training to tell them apart.
        """
        return 1

    def stratum(self, architecture: A) -> int:
        """In which of the parts it is, from 0."""
        del architecture
        return 0

    def sample_of_stratum(self, generator: np.random.Generator, stratum: int) -> A:
        """An architecture of this part at random; ValueError where there is no such part."""
        if stratum != 0:
            raise ValueError(f"{self.name} is not divided: there is no part {stratum}")
        return self.from_choices(self.random_choices(generator))

    @abstractmethod
    def parse(self, text: str) -> A:
        """Read the architecture's printed form; ValueError says what is malformed and where."""

    def expressions(self, architecture: A) -> frozenset[str]:
        """What its network computes, and what it computes with shared weights, each written out as far as that goes.

        Architectures that have one in common are the same for all that training can tell, also where `key` and
        `functional` hold them apart.
        """
        return frozenset({self.key(architecture)})

    def functional(self, architecture: A, *, silence_is_zero: bool) -> A:
        """A representative of architectures that compute the same with shared weights; others may, too.

        The architecture itself, where the space knows of no part that may be without effect.

        Args:
            silence_is_zero: whether every operation answers an all-zero input with zeros. It holds for batch
                normalization over batch statistics without an affine part, not with running statistics.
        """
        del silence_is_zero
        return architecture

    @abstractmethod
    def graph(self, architecture: A) -> OpGraph:
        """The labelled graph with operations on nodes."""

    # --- networks (these import torch, and the options pydantic) ---

    @property
    def options(self) -> type[SuperNetOptions]:
        """What can be chosen of its super-net, as the section of a study file; a space with more has its own."""
        from nasrank.spaces.options import StagedSuperNetOptions

        return StagedSuperNetOptions

    @property
    def network_options(self) -> type[NetworkOptions]:
        """What can be chosen of its stand-alone networks; a space with other options has its own.

        Tables are made with them, and proxies look at networks that have those of the study's super-net.
        """
        from nasrank.spaces.options import StagedNetworkOptions

        return StagedNetworkOptions

    @abstractmethod
    def network(self, architecture: A, **options: Any) -> nn.Module:
        """The stand-alone network, from images `(batch, channels, height, width)` to scores `(batch, classes)`.

        One of text leads from windows of tokens `(batch, length)` to logits `(batch, length, tokens)`, and one of
        segmented images to scores of each pixel `(batch, classes, height, width)`. Those of stereo pairs lead from both
        views `(batch, 2 * channels, height, width)` to disparities `(batch, height, width)`.

        Args:
            options: those of `network_options`, and what the data decide: `classes` and `image_channels` of images, the
                latter of stereo pairs, or `tokens` and `length` of text.
        """

    def supernet(self, **options: Any) -> SuperNet:
        """A super-net whose paths are the architectures of this space.

        Raises:
            ValueError: the space has none.
        """
        del options
        raise ValueError(f"{self.name} has no super-net; its architectures can only be trained one by one")

    @abstractmethod
    def cost(self, architecture: A, **macro: Any) -> Cost:
        """Trainable parameters and multiply-adds of the stand-alone network, computed without building it.

        The options are those of `network`, and the `resolution` of the images.
        """

    # --- sampling and finding ---

    @property
    def knows_classes(self) -> bool:
        """Whether isomorphism classes are known, so that one can be drawn."""
        return False

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly from an isomorphism class drawn uniformly.

        Raises:
            ValueError: the space is not enumerated, so that its isomorphism classes are not known.
        """
        del generator
        raise ValueError(f"{self.name} is not enumerated: its isomorphism classes are not known, and none can be drawn")

    def sample(self, generator: np.random.Generator, count: int, exclude: Collection[A] = ()) -> list[A]:
        """Draw `count` architectures with different keys, none of which an architecture in `exclude` has.

        They are drawn as `random_choices` draws, and again where the key is not new: an isomorphism class is the more
        likely the more choices lead to it.

        Raises:
            ValueError: `MOST_DRAWS` draws in a row have brought no new key, before there were so many.
        """
        seen = {self.key(architecture) for architecture in exclude}

        def draw(_: int) -> A:
            return self.from_choices(self.random_choices(generator))

        drawn = list(islice(different(self.key, draw, seen), count))
        if len(drawn) < count:
            raise ValueError(
                f"cannot draw {count} different architectures of {self.name}: after {len(drawn)} of them, "
                f"{MOST_DRAWS:,} draws brought no other" + (f", {len(seen)} excluded" if seen else "")
            )
        return drawn

    def best(self, scores: Scores) -> A:
        """The architecture of greatest total score over its active decisions, of equal options the first.

        Where all decisions are free, and each depends on one other at most, it takes the best option of each.

        Args:
            scores: of every option of every decision, one vector `(options,)` a decision; finite.

        Raises:
            ValueError: scores of another shape, or the options with the best scores need not go together and the space
                does not say which do.
        """
        return self.from_choices(best_choices(self.name, self.decisions, scores))
