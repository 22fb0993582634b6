"""What a table holds of a network's scores: those of its task that tables know, in the units of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nasrank.bench.oracles.ask.quantities import QUANTITIES, Quantity
from nasrank.bench.tasks import Score, Task


@dataclass(frozen=True)
class Metric:
    """A score of a task, and the quantity of tables that it is."""

    score: Score
    quantity: Quantity

    @property
    def name(self) -> str:
        return self.quantity.name

    @property
    def scale(self) -> float:
        """What a score is multiplied by: shares become percent."""
        return 100.0 if self.quantity.unit == "percent" else 1.0

    @property
    def label(self) -> str:
        """With a capital letter, for the beginning of a sentence."""
        return self.score.label[0].upper() + self.score.label[1:]

    def of(self, scores: Mapping[str, Any]) -> float:
        """The number for a table, from the scores of one path by `Score.column`, higher is better."""
        return self.scale * self.score.oriented(float(scores[self.score.column][0]))

    def can_be(self, value: float) -> bool:
        """Whether a network can have this number."""
        return self.scale * self.score.low <= value <= self.scale * self.score.high

    def written(self, value: float) -> str:
        """To a tenth of a percent, or to a thousandth."""
        return f"{value:.1f}" if self.quantity.unit == "percent" else f"{value:.3f}"

    @property
    def unit(self) -> str:
        """Behind a number, with a space before it; nothing for a plain number."""
        return {"percent": " %", "1": ""}.get(self.quantity.unit, f" {self.quantity.unit}")


def metrics_of(task: type[Task]) -> tuple[Metric, ...]:
    """In the task's order, by the first of which a table is ranked.

    Raises:
        ValueError: tables know none of its scores.
    """
    found = tuple(Metric(one, QUANTITIES[one.name]) for one in task.measures if one.name in QUANTITIES)
    if not found:
        scores = ", ".join(one.name for one in task.measures)
        raise ValueError(f"tables know none of the scores of {task.name}: {scores}")
    return found
