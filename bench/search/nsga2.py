"""NSGA-II [Deb2002], that of pymoo [Blank2020], with the extra `search`.

Parents are drawn by binary tournaments, offspring competes with them, and those survive that the fewest fronts surpass,
of the last front those with the most room around them. Selection, survival, crossover and mutation are pymoo's. What a
space allows, and which choices make one architecture, the space is asked here: pymoo mates again for what it forbids.

Choices are integers to pymoo. Its operators for those are the ones for real numbers, rounded, to which neighbouring
options are alike, as those of an ordered decision are; "two-point" and "uniform" know nothing of an order.

What has a value that is not finite is infeasible to pymoo: it survives where nothing else does.

References:
    [Deb2002] Deb, Pratap, Agarwal & Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE
        Transactions on Evolutionary Computation 6(2), 2002.
    [Blank2020] Blank & Deb, "pymoo: Multi-Objective Optimization in Python", IEEE Access 8, 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher, Settings


class NSGA2Settings(Settings):
    """Sizes and operators; probabilities are those of [Deb2002], indices those that pymoo advises for integers."""

    population: int = Field(default=100, ge=2)
    """Architectures that survive a generation, and as many offspring of one."""

    crossover: Literal["simulated-binary", "two-point"] = "simulated-binary"
    """Near either parent in each choice, or what lies between two points from the other parent."""

    crossed: float = Field(default=0.9, ge=0, le=1)
    """Probability that two parents are crossed over; others are copied."""

    crossover_index: float = Field(default=3.0, gt=0)
    """Distribution index of simulated binary crossover: the larger, the nearer to the parents."""

    mutation: Literal["polynomial", "uniform"] = "polynomial"
    """To a near option, or to any option with equal probability; both may draw the same again."""

    mutated: float = Field(default=1.0, ge=0, le=1)
    """Probability that a child is mutated at all."""

    gene: float | None = Field(default=None, ge=0, le=1)
    """Probability that a choice of such a child mutates; one choice on average where there is none."""

    mutation_index: float = Field(default=3.0, gt=0)
    """Distribution index of polynomial mutation: the larger, the nearer."""


@SEARCHERS.register
class NSGA2(Searcher):
    """Looks at nothing twice: offspring that is known is drawn again, at random where mating finds nothing new.

    Raises:
        ValueError: besides what a searcher raises, pymoo is missing.
    """

    name = "nsga2"
    label = "NSGA-II"
    reference = "Deb2002"
    settings_type: ClassVar[type[Settings]] = NSGA2Settings
    most_objectives: ClassVar[int | None] = None

    def begin(self) -> None:
        unwanted = _Unwanted(self.admitted, lambda choices: not self.repeats and choices in self.seen)
        self._algorithm = _algorithm(self, unwanted)
        self._told: dict[Choices, None] = {}

    @property
    def population(self) -> list[Choices]:
        """Those that survived the generations that are complete, of which offspring is made."""
        return [_choices(one) for one in self._algorithm.pop] if self._algorithm.is_initialized else []

    def ask(self) -> list[Choices]:
        """What is missing of a first, random population; then offspring of what survives of all that was told."""
        asked: dict[Choices, None] = {}
        wanted = self.settings.population
        if not self._algorithm.is_initialized and len(self._told) < wanted:
            wanted -= len(self._told)
        else:
            self._survive()
            asked = dict.fromkeys(self._mated())
        while len(asked) < wanted:
            choices = self.draw_new(lambda: self.space.random_choices(self.generator), asked)
            if choices is None:
                break
            asked[choices] = None
        return list(asked)

    def tell(self, choices: Sequence[Choices], values: npt.ArrayLike) -> None:
        super().tell(choices, values)
        self._told |= dict.fromkeys(map(tuple, choices))

    def _survive(self) -> None:
        """Let those that were told of since, the first population or offspring, compete with the population.

        One that is told of anew competes with its new values only.
        """
        told, self._told = list(self._told), {}
        if not self._algorithm.is_initialized:
            self._algorithm.tell(infills=self._individuals(told[: self.settings.population]))
            told = told[self.settings.population :]
        if told:
            anew = set(told)
            self._algorithm.pop = self._algorithm.pop[[_choices(one) not in anew for one in self._algorithm.pop]]
            self._algorithm.tell(infills=self._individuals(told))

    def _mated(self) -> list[Choices]:
        """Offspring, as much of it as pymoo finds; where it finds none, it would end the search."""
        offspring = self._algorithm.ask()
        self._algorithm.termination.force_termination = False
        return [] if offspring is None else [_choices(one) for one in offspring]

    def _individuals(self, told: list[Choices]) -> Any:
        """A pymoo population, which minimizes; feasible where all values are finite."""
        from pymoo.core.evaluator import Evaluator
        from pymoo.core.population import Population
        from pymoo.problems.static import StaticProblem

        values = np.array([self.seen[choices] for choices in told])
        usable = np.isfinite(values).all(axis=1, keepdims=True)
        known = StaticProblem(self._algorithm.problem, F=np.where(usable, -values, 0.0), G=np.where(usable, -1.0, 1.0))
        return Evaluator().eval(known, Population.new("X", np.array(told)))


class _Unwanted:
    """What of pymoo's offspring counts as duplicates: what the space forbids, and what must not be asked for again.

    Args:
        admitted: the representative of choices, None where the space allows none.
        known: whether an architecture was looked at, where none is looked at twice.
    """

    def __init__(self, admitted: Callable[[Choices], Choices | None], known: Callable[[Choices], bool]) -> None:
        self.admitted = admitted
        self._known = known

    def do(self, drawn: Any, population: Any, offspring: Any) -> Any:
        """What is left of a pymoo population of newly drawn offspring, as representatives."""
        taken = {_choices(one) for others in (population, offspring) for one in others}
        left = []
        for place, one in enumerate(drawn):
            choices = self.admitted(_choices(one))
            if choices is not None and choices not in taken and not self._known(choices):
                one.X = np.array(choices)
                taken.add(choices)
                left.append(place)
        return drawn[np.array(left, dtype=int)]


def _choices(individual: Any) -> Choices:
    return tuple(map(int, individual.X))


def _algorithm(searcher: NSGA2, unwanted: _Unwanted) -> Any:
    """Pymoo's algorithm, set up with a seed drawn from the searcher's generator."""
    try:
        from pymoo.algorithms.moo import nsga2
    except ImportError as error:
        raise ValueError(f"{searcher.name} needs pymoo: pip install 'nasrank[search]'") from error
    from pymoo.core.problem import Problem
    from pymoo.core.termination import NoTermination
    from pymoo.core.variable import Integer
    from pymoo.operators.crossover.pntx import TwoPointCrossover
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.mutation.rm import ChoiceRandomMutation
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.selection.tournament import TournamentSelection
    from pymoo.operators.survival.rank_and_crowding import RankAndCrowding

    settings = searcher.settings
    last = [len(decision.options) - 1 for decision in searcher.space.decisions]
    gene = 1 / len(last) if settings.gene is None else settings.gene
    problem = Problem(
        n_var=len(last),
        n_obj=searcher.objectives,
        n_ieq_constr=1,
        xl=np.zeros(len(last)),
        xu=np.array(last),
        vtype=int,
        vars={place: Integer(bounds=(0, option)) for place, option in enumerate(last)},
    )
    rounded = {"vtype": float, "repair": RoundingRepair()}
    algorithm = nsga2.NSGA2(
        pop_size=settings.population,
        sampling=None,
        selection=TournamentSelection(func_comp=nsga2.binary_tournament),
        crossover=TwoPointCrossover(prob=settings.crossed)
        if settings.crossover == "two-point"
        else SBX(prob=settings.crossed, eta=settings.crossover_index, **rounded),
        mutation=ChoiceRandomMutation(prob=settings.mutated, prob_var=gene)
        if settings.mutation == "uniform"
        else PM(prob=settings.mutated, prob_var=gene, eta=settings.mutation_index, **rounded),
        survival=RankAndCrowding(),
        eliminate_duplicates=unwanted,
        output=None,
    )
    return algorithm.setup(problem, termination=NoTermination(), seed=int(searcher.generator.integers(2**32)))
