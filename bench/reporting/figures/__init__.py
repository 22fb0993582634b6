"""The figures of a report, as SVG. To add one: write its file and its line in `FIGURES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nasrank.bench.analysis.rank_table import RankTable
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.figures import (
    before_after,
    changes,
    derivations,
    frontier,
    labels,
    landmark_arms,
    scatter,
    training,
)


@dataclass(frozen=True)
class FigureKind:
    """How a figure is drawn, what is written under it, and for which studies there is something to draw."""

    draw: Callable[[Summary, RankTable], str]
    caption: str
    suits: Callable[[Summary], bool] = lambda summary: True


FIGURES: dict[str, FigureKind] = {
    "before_after": FigureKind(
        lambda summary, ranks: before_after.draw(summary),
        "Kendall's tau-b before and after guidance, with the baselines and the noise ceiling drawn through. A gain has "
        "an arrow and a colour where it is decided, corrected for the number of rows.",
    ),
    "changes": FigureKind(
        lambda summary, ranks: changes.draw(summary),
        "What each variant changes of tau, without and with landmarks; the most helpful with landmarks first.",
        suits=changes.suits,
    ),
    "frontier": FigureKind(
        lambda summary, ranks: frontier.draw(summary),
        "Tau against the minutes of one core that training and scoring take. What lies on a line is beaten by nothing "
        "cheaper.",
        suits=frontier.suits,
    ),
    "guidance": FigureKind(
        lambda summary, ranks: landmark_arms.draw(summary),
        "Tau on the pool and on the row's own landmarks, and a paired difference on the pool. Violated pairs are those "
        "that the term found in the wrong order, in its first stretch of training and in the last.",
        suits=landmark_arms.suits,
    ),
    "labels": FigureKind(
        lambda summary, ranks: labels.draw(summary),
        "Tau against the number of labels, for the landmark super-net and for predictors that are told the same.",
        suits=labels.suits,
    ),
    "training": FigureKind(
        lambda summary, ranks: training.draw(summary),
        "Tau during training, and the landmark pairs that the guidance term found in the wrong order.",
        suits=training.suits,
    ),
    "derivations": FigureKind(
        lambda summary, ranks: derivations.draw(summary),
        "Truth of the architecture that a strategy would derive during training, and its skip connections.",
        suits=derivations.suits,
    ),
    "scatter": FigureKind(
        scatter.draw,
        "The orders that these taus stand for, every super-net once; horizontal rows of points are equal scores.",
    ),
}
"""By the name of the file."""


def draw_all(summary: Summary, ranks: RankTable) -> dict[str, str]:
    """SVG text of every figure that suits the study, by name."""
    return {name: kind.draw(summary, ranks) for name, kind in FIGURES.items() if kind.suits(summary)}
