"""Whether a run gives what is committed: its report against the one of the same study in `reports/`, in one line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasrank.bench.analysis.frame import Frame
    from nasrank.bench.analysis.summary import Summary
    from nasrank.bench.studies.study import Study

REPORTS = "reports"


@dataclass(frozen=True)
class Difference:
    """One value that two reports print differently; NaN where there is none."""

    words: str
    committed: float
    fresh: float

    @property
    def size(self) -> float:
        """Of the difference; infinite where one of them has no value."""
        size = abs(self.fresh - self.committed)
        return math.inf if math.isnan(size) else size


@dataclass(frozen=True)
class Differences:
    """What became of all values of the main metric that two reports have: before, after and difference of each row.

    Attributes:
        compared: how many both have.
        found: those that are printed differently.
    """

    compared: int
    found: tuple[Difference, ...]

    def in_words(self, committed: Path) -> str:
        """One line."""
        if not self.found:
            return f"same numbers as {committed} to the printed digit ({self.compared} values)"
        largest = max(self.found, key=lambda one: one.size)
        return (
            f"{len(self.found)} of {self.compared} values differ from {committed}; the largest difference in tau: "
            f"{largest.words} {_printed(largest.fresh)} instead of {_printed(largest.committed)}"
        )


def committed_report(name: str, study: Study, out: Path) -> Path | None:
    """Where the committed report of this very study lies, in the current folder or the checkout; None without one.

    Args:
        out: where the new report goes; it is not compared with itself.
    """
    from nasrank.bench.runner.output import Output
    from nasrank.bench.studies.kinds import STUDIES

    places = dict.fromkeys([Path(REPORTS) / name, STUDIES.parents[1] / REPORTS / name])
    for place in places:
        if (place / "table.csv").is_file() and place.resolve() != out.resolve() and Output(place).holds(study):
            return place
    return None


def differences(committed: Path, fresh: Summary) -> Differences:
    """What a new report says of the main metric, against the one in a folder, of the arms that both have.

    Raises:
        ValueError: that one is damaged.
    """
    from nasrank.bench.analysis.frame import Frame

    stored = _main_values(Frame.from_csv((committed / "table.csv").read_text(encoding="utf-8")))
    arms = {arm: pair.label for pair in fresh.pairs for arm in (pair.before, pair.after)}
    pairs = [
        Difference(f"{arms[arm]} {_side(arm, base, fresh)}", stored[arm, base], value)
        for (arm, base), value in _main_values(fresh.frame).items()
        if (arm, base) in stored and arm in arms and (not base or base in arms)
    ]
    return Differences(len(pairs), tuple(one for one in pairs if _printed(one.committed) != _printed(one.fresh)))


def _side(arm: str, base: str, summary: Summary) -> str:
    if base:
        return "after - before"
    return "after" if any(pair.after == arm for pair in summary.pairs) else "before"


def _main_values(frame: Frame) -> dict[tuple[str, str], float]:
    """Tau of every arm on the ranked pool by its own score, which comes first, and differences, by arm and base."""
    found: dict[tuple[str, str], float] = {}
    for one in frame.select(metric="tau", part="", seed=None, estimator="super-net"):
        found.setdefault((one.arm, one.base), one.value)
    return found


def _printed(value: float) -> str:
    """As tables print tau."""
    return "n/a" if math.isnan(value) else f"{value:.3f}".replace("-0.000", "0.000").replace("-", "−")
