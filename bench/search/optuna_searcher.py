"""Optuna's samplers as searchers [Akiba2019]: TPE, Gaussian processes, NSGA-II and random search.

    optuna_tpe     tree-structured Parzen estimators [Bergstra2011]
    optuna_gp      a Gaussian process and the logarithm of expected improvement [Ament2023]
    optuna_nsga2   a genetic algorithm that sorts by dominance [Deb2002]
    optuna_random  uniform in the options; for comparison, and as a check of the way through Optuna

Each sampler suggests one trial at a time, as `study.optimize` would have it do. A decision is a categorical parameter,
and an integer one where its options are ordered, so that a sampler may take neighbouring options for alike; numbers are
the places of the options that are left, whatever these stand for. Decisions that are not active are suggested, too.

What a space forbids is drawn again. Optuna is told that these trials have failed, but only when one that is allowed has
come: until then they are under way, from which TPE and the Gaussian process keep away. A trial that has failed teaches
neither of them anything, and the Gaussian process would suggest the same for ever. (On NAS-Bench-101, with a sum as the
objective, it suggested 242 forbidden cells one after the other.)

References:
    [Akiba2019] Akiba, Sano, Yanase, Ohta & Koyama, "Optuna: A Next-generation Hyperparameter Optimization Framework",
        KDD 2019.
    [Ament2023] Ament, Daulton, Eriksson, Balandat & Bakshy, "Unexpected Improvements to Expected Improvement for
        Bayesian Optimization", NeurIPS 2023.
    [Bergstra2011] Bergstra, Bardenet, Bengio & Kegl, "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011.
    [Deb2002] Deb, Pratap, Agarwal & Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE
        Transactions on Evolutionary Computation 6, 2002.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher, Settings
from nasrank.spaces.subspace import options_left

MOST_DRAWS = 20
"""After so many suggestions that the space forbids, an architecture is drawn uniformly, and Optuna is told of it."""


class OptunaSearcher(Searcher):
    """A study in memory that maximizes every objective; what has no finite value is a trial that failed.

    Raises:
        ValueError: Optuna is not installed, or as of `Searcher`.
    """

    repeats: ClassVar[bool] = True
    most_objectives: ClassVar[int | None] = None

    def begin(self) -> None:
        self._optuna = optuna_itself()
        self._options = options_left(self.space)
        self._distributions = {
            decision.name: self._distribution(len(options), ordered=decision.ordered)
            for decision, options in zip(self.space.decisions, self._options, strict=True)
        }
        self._asked: dict[Choices, list[Any]] = {}
        with self._quiet():
            self._study = self._optuna.create_study(
                storage=None, sampler=self.sampler(), directions=["maximize"] * self.objectives
            )

    @abstractmethod
    def sampler(self) -> Any:
        """The sampler, every argument of it written out; seeds are of `seed`.

        All are: a newer Optuna may choose others, as the fifth did. What it takes with a warning that it will be gone
        (of TPE what the prior weighs, and constraints as a function) is left out.
        """

    @property
    def seed(self) -> int:
        """Another one each time."""
        return int(self.generator.integers(2**32))

    def ask(self) -> list[Choices]:
        """One architecture: there always is another trial."""
        forbidden: list[Any] = []
        with self._quiet():
            for _ in range(MOST_DRAWS):
                trial = self._study.ask(self._distributions)
                choices = self.admitted(self._choices_of(trial))
                if choices is not None:
                    break
                forbidden.append(trial)
            else:
                choices = tuple(self.space.random_choices(self.generator))
                self._study.enqueue_trial(self._parameters(choices))
                trial = self._study.ask(self._distributions)
            for one in forbidden:
                self._study.tell(one, state=self._optuna.trial.TrialState.FAIL)
        self._asked.setdefault(choices, []).append(trial)
        return [choices]

    def tell(self, choices: Sequence[Choices], values: npt.ArrayLike) -> None:
        """As of `Searcher.tell`; Optuna learns of what was not asked for if it is within the part that is searched."""
        super().tell(choices, values)
        states = self._optuna.trial.TrialState
        with self._quiet():
            for one in map(tuple, choices):
                told = self.seen[one].tolist() if np.isfinite(self.seen[one]).all() else None
                state = states.FAIL if told is None else states.COMPLETE
                if trials := self._asked.get(one):
                    self._study.tell(trials.pop(0), told, state=state)
                elif all(option in left for option, left in zip(one, self._options, strict=True)):
                    self._study.add_trial(
                        self._optuna.trial.create_trial(
                            state=state, values=told, params=self._parameters(one), distributions=self._distributions
                        )
                    )

    def _distribution(self, options: int, *, ordered: bool) -> Any:
        if ordered:
            return self._optuna.distributions.IntDistribution(0, options - 1, log=False, step=1)
        return self._optuna.distributions.CategoricalDistribution(tuple(range(options)))

    def _choices_of(self, trial: Any) -> Choices:
        places = (trial.params[decision.name] for decision in self.space.decisions)
        return tuple(options[place] for options, place in zip(self._options, places, strict=True))

    def _parameters(self, choices: Choices) -> dict[str, int]:
        return {
            decision.name: options.index(option)
            for decision, options, option in zip(self.space.decisions, self._options, choices, strict=True)
        }

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Without Optuna's messages; how much it says elsewhere stays as it was."""
        logging = self._optuna.logging
        before = logging.get_verbosity()
        logging.set_verbosity(logging.ERROR)
        try:
            yield
        finally:
            logging.set_verbosity(before)


def optuna_itself() -> Any:
    """The package, imported only when it is needed: a list of searchers takes no second.

    Raises:
        ValueError: it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise ValueError("Optuna is not installed: pip install 'nasrank[search]'") from error
    return optuna


class TpeSettings(Settings):
    """As Optuna's own."""

    startup: int = Field(default=10, ge=1)
    """Random architectures before there is a model."""

    candidates: int = Field(default=24, ge=1)
    """Drawn from the model of the good ones, of which the one is suggested that the two models tell apart most."""


@SEARCHERS.register
class OptunaTpe(OptunaSearcher):
    """With one objective a model of all decisions together, with several one of each decision, as Optuna 5 has it.

    Trials under way count as bad ones, so that asking twice does not give the same.
    """

    name = "optuna_tpe"
    label = "TPE (Optuna)"
    reference = "Bergstra2011"
    settings_type = TpeSettings

    def sampler(self) -> Any:
        return self._optuna.samplers.TPESampler(
            n_startup_trials=self.settings.startup,
            n_ei_candidates=self.settings.candidates,
            seed=self.seed,
            multivariate=self.objectives == 1,
            group=False,  # no decision is ever left out of a trial, so that there is one group
            constant_liar=True,
        )


class GpSettings(Settings):
    """As Optuna's own."""

    startup: int = Field(default=10, ge=1)
    """Random architectures before there is a model."""


@SEARCHERS.register
class OptunaGp(OptunaSearcher):
    """Expected improvement with one objective, of the hypervolume with several; each suggestion takes a fit."""

    name = "optuna_gp"
    label = "Gaussian process (Optuna)"
    reference = "Ament2023"
    settings_type = GpSettings

    def sampler(self) -> Any:
        samplers = self._optuna.samplers
        return samplers.GPSampler(
            seed=self.seed,
            independent_sampler=samplers.RandomSampler(seed=self.seed),
            n_startup_trials=self.settings.startup,
            deterministic_objective=False,  # accuracies are those of a seed, and the argument is experimental
            warn_independent_sampling=False,
        )


class Nsga2Settings(Settings):
    """As Optuna's own."""

    population: int = Field(default=50, ge=2)
    """Architectures of a generation, the first of which is random."""

    crossover: float = Field(default=0.9, ge=0, le=1)
    """Probability that a child has two parents."""

    swapping: float = Field(default=0.5, ge=0, le=1)
    """Probability that it takes a decision from the second of them."""


@SEARCHERS.register
class OptunaNsga2(OptunaSearcher):
    """Crossover is uniform, and one decision is drawn anew on average."""

    name = "optuna_nsga2"
    label = "NSGA-II (Optuna)"
    reference = "Deb2002"
    settings_type = Nsga2Settings

    def sampler(self) -> Any:
        samplers, settings = self._optuna.samplers, self.settings
        return samplers.NSGAIISampler(
            population_size=settings.population,
            mutation=None,
            mutation_prob=None,  # one over the number of decisions
            crossover=samplers.nsgaii.UniformCrossover(swapping_prob=settings.swapping),
            crossover_prob=settings.crossover,
            swapping_prob=settings.swapping,
            seed=self.seed,
            elite_population_selection_strategy=None,
            child_generation_strategy=None,
            after_trial_strategy=None,
        )


@SEARCHERS.register
class OptunaRandom(OptunaSearcher):
    """Options are drawn uniformly, and the same architecture as often as it comes."""

    name = "optuna_random"
    label = "random search (Optuna)"
    reference = "Akiba2019"

    def sampler(self) -> Any:
        return self._optuna.samplers.RandomSampler(seed=self.seed)
