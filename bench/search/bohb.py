"""BOHB [Falkner2018]: Hyperband [Li2017] whose new architectures come from a model of good and bad ones.

Brackets follow one another, see `nasrank.bench.search.brackets`. What enters one is drawn near good architectures, and
of some such draws the one is taken that is likeliest among the good relative to the bad. Good and bad are told apart at
the most epochs after which enough of them are known.

Checked against HpBandSter (optimizers/bohb.py @ 0f3bccec, its config_generators/bohb.py @ 2692872e and
core/base_iteration.py @ 137fd211), with the settings of NATS-Bench (AutoDL-Projects @ 5456939d,
exps/NATS-algos/bohb.py) and of NAS-Bench-101 (nas_benchmarks @ c1bae663, experiment_scripts/run_bohb.py). Sizes and
epochs of the rungs, how many count as good, when there is a model, how it is drawn from and that an architecture may
come again are theirs. It differs in the kernels: there a bandwidth comes from the standard deviation of the numbers of
the options and may exceed 1, where a kernel is negative; here it is that of `categorical_density`. On NAS-Bench-201
with made-up short schedules, either found as much. What a space forbids is drawn again; there it is a bad architecture.
Their bandwidth factor widens continuous parameters only, of which there are none. Order of options is not made use of.

References:
    [Falkner2018] Falkner, Klein & Hutter, "BOHB: Robust and Efficient Hyperparameter Optimization at Scale", ICML 2018.
    [Li2017] Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar, "Hyperband: Bandit-Based Configuration Evaluation for
        Hyperparameter Optimization", ICLR 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.search.brackets import Rung, brackets
from nasrank.bench.search.categorical_density import CategoricalDensity, fitted_density
from nasrank.bench.search.searcher import MOST_DRAWS, SEARCHERS, Choices, Searcher, Settings
from nasrank.spaces.subspace import options_left

LEAST_DENSITY = 1e-32
"""Less than this is taken for as much, so that what is nowhere near anything is not infinitely good or bad."""


class BohbSettings(Settings):
    """Those of NATS-Bench; for NAS-Bench-101 they are 4 to 108 epochs, 64 candidates and a third at random."""

    fewest_epochs: int = Field(default=1, ge=1)
    """Of training, in the first rung of the widest bracket."""

    most_epochs: int = Field(default=12, ge=1)
    """Of training, in the last rung of every bracket."""

    eta: int = Field(default=3, ge=2)
    """From rung to rung one architecture in so many is kept, and trained for so many times the epochs."""

    candidates: int = Field(default=4, ge=1)
    """Draws near good architectures, of which one is taken."""

    at_random: float = Field(default=0.0, ge=0, le=1)
    """Share of new architectures that are drawn uniformly although there is a model."""

    good: float = Field(default=0.15, gt=0, lt=1)
    """Share of the known architectures that are good, if that is more than there are decisions."""

    narrowest: float = Field(default=0.3, ge=0, le=1)
    """The smallest bandwidth: where all good ones agree on a decision, a draw still changes it now and then."""

    @model_validator(mode="after")
    def _fewest_are_fewer(self) -> Self:
        if self.fewest_epochs > self.most_epochs:
            raise ValueError(f"fewest_epochs = {self.fewest_epochs} is more than most_epochs = {self.most_epochs}")
        return self


@SEARCHERS.register
class Bohb(Searcher):
    """Architectures that enter a bracket are asked for one by one, and those that a rung keeps all at once.

    Until all it asked for is told, it asks for what is missing. What else it is told of at that time counts for the
    model, but not for the rung.

    Attributes:
        at: what it was told, by epochs and then by choices.
        seen: of each architecture what it was told at the most epochs; values of two need not be of equally many.
    """

    name = "bohb"
    label = "BOHB"
    reference = "Falkner2018"
    settings_type = BohbSettings
    repeats: ClassVar[bool] = True

    def begin(self) -> None:
        chosen = self.settings
        self.at: dict[int, dict[Choices, FloatArray]] = {}
        self._options = options_left(self.space)
        self._brackets = cycle(brackets(chosen.fewest_epochs, chosen.most_epochs, chosen.eta))
        self._rungs: list[Rung] = next(self._brackets)
        self._entered: list[Choices] = []  # into the first of these rungs
        self._missing: list[Choices] = []
        self._epochs = self._rungs[0].epochs

    @property
    def epochs(self) -> int:
        """After how many epochs of training it wants to know what it asked for last; before that, of the first rung."""
        return self._epochs

    @property
    def schedule(self) -> tuple[int | None, ...]:
        """Those of the rungs of all brackets, rising."""
        chosen = self.settings
        every = brackets(chosen.fewest_epochs, chosen.most_epochs, chosen.eta)
        return tuple(sorted({rung.epochs for rungs in every for rung in rungs}))

    def ask(self) -> list[Choices]:
        if not self._missing and len(self._entered) == self._rungs[0].architectures:
            self._climb()
        if not self._missing:
            self._missing = [self._new()]
            self._entered += self._missing
        self._epochs = self._rungs[0].epochs
        return list(self._missing)

    def tell(self, choices: Sequence[Choices], values: npt.ArrayLike) -> None:
        """What architectures are worth after `epochs` epochs, otherwise as of `Searcher.tell`."""
        super().tell(choices, values)
        told = self.at.setdefault(self._epochs, {})
        for one in map(tuple, choices):
            told[one] = self.seen[one]
            self.seen[one] = self.at[max(epochs for epochs, known in self.at.items() if one in known)][one]
        self._missing = [one for one in self._missing if one not in told]

    def best(self, objective: int = 0) -> Choices:
        """The architecture of highest value among those known at the most epochs at which any is.

        Raises:
            ValueError: nothing has been looked at.
        """
        if not self.seen:
            return super().best(objective)
        longest = self.at[max(self.at)]
        return max(longest, key=lambda choices: longest[choices][objective])

    def front(self) -> list[Choices]:
        """Those that are as good as the best, at as many epochs."""
        longest = self.at[max(self.at)] if self.at else {}
        return [choices for choices, value in longest.items() if value[0] == longest[self.best()][0]]

    def _climb(self) -> None:
        """The best of this rung enter the next; after the last one, another bracket begins, which none has entered."""
        told = self.at[self._rungs[0].epochs]
        ranked = sorted(dict.fromkeys(self._entered), key=lambda choices: float(told[choices][0]), reverse=True)
        self._rungs, kept = (self._rungs[1:], ranked) if self._rungs[1:] else (next(self._brackets), [])
        self._entered = [one for one in kept if np.isfinite(told[one][0])][: self._rungs[0].architectures]
        self._missing = list(self._entered)

    def _new(self) -> Choices:
        """An architecture to enter a bracket, or a rung that too few could enter."""
        drawn: list[Choices] = []
        if (model := self._model()) and self.generator.random() >= self.settings.at_random:
            drawn = [one for _ in range(self.settings.candidates) if (one := self._near(model[0])) is not None]
        if not model or not drawn:
            return tuple(self.space.random_choices(self.generator))
        good, bad = (np.maximum(density(np.array(drawn)), LEAST_DENSITY) for density in model)
        return drawn[int((good / bad).argmax())]

    def _model(self) -> tuple[CategoricalDensity, CategoricalDensity] | None:
        """The good and the bad, at the most epochs at which there are more of both than decisions."""
        least = 1 + sum(len(options) > 1 for options in self._options)
        for epochs in sorted(self.at, reverse=True):
            known = self.at[epochs]
            if len(known) >= 2 * least:
                ranked = np.array(sorted(known, key=lambda choices: float(known[choices][0]), reverse=True))
                good = max(least, int(self.settings.good * len(known)))
                narrowest = self.settings.narrowest
                return (
                    fitted_density(ranked[:good], self._options, narrowest),
                    fitted_density(ranked[good:], self._options, narrowest),
                )
        return None

    def _near(self, good: CategoricalDensity) -> Choices | None:
        """A draw near one of the good that the space allows; None after many that it does not."""
        draws = (self.admitted(good.near(self.generator)) for _ in range(MOST_DRAWS))
        return next((choices for choices in draws if choices is not None), None)
