"""A search space as a `ConfigSpace.ConfigurationSpace`, and a table as a function of its configurations [Lindauer2019].

    evaluate = evaluation(table, Question("cifar10", Split.TEST_50K, 200, "mean"))
    space = configuration_space(evaluate.space, seed=0)
    evaluate(space.sample_configuration())   # {"accuracy": 91.2, "seconds": 4310.7}

Checked against ConfigSpace 1.2.2.

References:
    [Lindauer2019] Lindauer et al., "BOAH: A Tool Suite for Multi-Fidelity Bayesian Optimization & Analysis of
        Hyperparameters", arXiv:1908.06756, 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasrank.bench.oracles.ask.clock import Question
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.export.answers import NoAnswer, RowsByChoices, Runs
from nasrank.bench.oracles.export.hyperparameters import choices_of, is_integer_range, values_of
from nasrank.bench.oracles.export.packages import installed_by
from nasrank.spaces import Decision, SearchSpace

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


def configuration_space(space: SearchSpace[Any], seed: int) -> ConfigurationSpace:
    """The decisions of a space as hyperparameters of the same names.

    A decision is categorical; where it is ordered, an integer if its options are all integers from the first to the
    last, and ordinal otherwise. It is active on the conditions of the space.

    What a space forbids is not in there: spaces say whether they allow a combination, not by which clauses. Where
    decisions are not `free`, as the edges of NAS-Bench-101, a configuration may be no architecture at all; an
    `Evaluation` answers NaN to it.

    Where decisions depend on one another in a long chain, each on several others, ConfigSpace 1.2.2 takes ten times as
    long with every link; a chain of eight takes seconds.

    Args:
        seed: with which configurations are drawn from it.

    Raises:
        ValueError: ConfigSpace is not installed.
    """
    with installed_by("export"):
        from ConfigSpace import ConfigurationSpace, InCondition, OrConjunction

    named = {decision.name: decision for decision in space.decisions}
    hyperparameters = {decision.name: _hyperparameter(decision) for decision in space.decisions}
    conditions = []
    for decision in space.decisions:
        alternatives = []
        for condition in decision.when:
            other = named[condition.decision]
            kept = [values_of(other)[other.options.index(option)] for option in condition.options]
            alternatives.append(InCondition(hyperparameters[decision.name], hyperparameters[other.name], kept))
        if alternatives:
            conditions.append(alternatives[0] if len(alternatives) == 1 else OrConjunction(*alternatives))
    found = ConfigurationSpace(name=space.name, seed=seed)
    found.add(*hyperparameters.values(), *conditions)
    return found


def _hyperparameter(decision: Decision) -> Any:
    from ConfigSpace import CategoricalHyperparameter, OrdinalHyperparameter, UniformIntegerHyperparameter

    values = values_of(decision)
    if is_integer_range(decision):
        return UniformIntegerHyperparameter(decision.name, int(values[0]), int(values[-1]))
    return (OrdinalHyperparameter if decision.ordered else CategoricalHyperparameter)(decision.name, list(values))


def evaluation(table: Table, question: Question, *, space: str | None = None) -> Evaluation:
    """The answers of a table to one question, as a function of a configuration.

    Args:
        space: name of a space that contains the table's own, such as "nb201-activations"; None for the table's own.

    Raises:
        ValueError: the table has no such accuracy, or is of another space.
    """
    return Evaluation(RowsByChoices(table, space), Runs(table, question))


class Evaluation:
    """A table as a function of configurations, which may be ConfigSpace's or plain dictionaries; see `evaluation`.

    Attributes:
        space: whose decisions a configuration is about.
        untimed: why all seconds are NaN; empty where the table has times.
    """

    def __init__(self, rows: RowsByChoices, runs: Runs) -> None:
        self.space = rows.space
        self.untimed = runs.untimed
        self._rows = rows
        self._runs = runs

    def __call__(self, config: Mapping[str, Any]) -> dict[str, float]:
        """Accuracy in percent, and simulated seconds of the whole training, without evaluation.

        Both are NaN where the space forbids the combination or the table does not have the architecture; one is where
        the table lacks that number alone.

        Args:
            config: by name of the decision, its option as ConfigSpace has it or as text; decisions that are not active
                may be left out.

        Raises:
            ValueError: a name or an option that the space does not have, or an active decision that is left out.
        """
        try:
            _, row = self._rows.find(choices_of(self.space, config))
        except NoAnswer:
            return {"accuracy": float("nan"), "seconds": float("nan")}
        epochs = self._runs.question.epochs
        accuracy, seconds = self._runs.accuracy(row, epochs), self._runs.seconds(row, epochs)
        return {"accuracy": float(accuracy[0]), "seconds": float(seconds[0])}
