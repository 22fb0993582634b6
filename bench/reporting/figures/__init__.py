"""The figures of a report, as SVG. To add one: write its file and its line in `FIGURES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.figures import before_after, changes, derivations, scatter, training

if TYPE_CHECKING:
    from nasrank.bench.runner.results import Results
    from nasrank.bench.runner.truth import Truth


@dataclass(frozen=True)
class FigureKind:
    """How a figure is drawn, what is written under it, and for which studies there is something to draw."""

    draw: Callable[[Summary, Results, Truth], str]
    caption: str
    suits: Callable[[Summary], bool] = lambda summary: True


FIGURES: dict[str, FigureKind] = {
    "before_after": FigureKind(
        lambda summary, results, truth: before_after.draw(summary),
        "Kendall's tau-b before and after guidance, with the baselines and the noise ceiling drawn through.",
    ),
    "scatter": FigureKind(
        scatter.draw,
        "The orders that these taus stand for; horizontal rows of points are equal scores.",
    ),
    "training": FigureKind(
        lambda summary, results, truth: training.draw(summary),
        "Tau during training, and the landmark pairs that the guidance term found in the wrong order.",
        suits=lambda summary: any(curve.fractions for curve in summary.curves),
    ),
    "changes": FigureKind(
        lambda summary, results, truth: changes.draw(summary),
        "What each variant changes of tau, without and with landmarks; the most helpful with landmarks first.",
        suits=lambda summary: bool(summary.changes),
    ),
    "derivations": FigureKind(
        lambda summary, results, truth: derivations.draw(summary),
        "Truth of the architecture that a strategy would derive during training, and its skip connections.",
        suits=lambda summary: bool(summary.derivations),
    ),
}
"""By the name of the file."""


def draw_all(summary: Summary, results: Results, truth: Truth) -> dict[str, str]:
    """SVG text of every figure that suits the study, by name.

    Args:
        truth: only its order is drawn.
    """
    return {name: kind.draw(summary, results, truth) for name, kind in FIGURES.items() if kind.suits(summary)}
