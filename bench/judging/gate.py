"""The gate on rank reports: do scores still rank as well as they did when a reference was kept?

The laws are those of `nasrank.bench.analysis.gate`: a column fails when its tau-b is worse than the reference's, by
more than chance explains and by more than the margin. Where both reports are of the same architectures and truth, the
resamples that they keep are the same, and the difference is a paired one; else chance is that of both reports.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nasrank.bench.foundation.describing import listed, printable
from nasrank.bench.foundation.json_files import read_json
from nasrank.bench.judging.report import FORMAT
from nasrank.bench.ranking import Interval
from nasrank.bench.ranking.intervals import Values

CONFIDENCE = 0.9
"""Of the intervals: as in the gate of studies."""

MARGIN = 0.05
"""The least loss of tau that matters."""

_MOST = 1_000
_BOUNDS = (-2.0, 2.0)


@dataclass(frozen=True)
class ColumnCheck:
    """One column; `text` says what was found, with its numbers."""

    column: str
    passed: bool
    text: str


@dataclass(frozen=True, eq=False)
class Kept:
    """What a rank report keeps for the gate.

    Attributes:
        pool: stands for the ranked architectures and their truth.
        truth: which it is, in words.
        scores: tau of each column.
    """

    pool: str
    truth: str
    architectures: int
    scores: Mapping[str, Values]


def is_rank_report(path: Path) -> bool:
    """Whether a file, or the summary.json of a folder, is a rank report's."""
    try:
        return b'"kind": "rank report"' in _file(path).read_bytes()[:64]
    except OSError:
        return False


def load(path: Path) -> Kept:
    """The rank report in a file, or in the summary.json of a folder; ValueError when it is none."""
    content = read_json(_file(path))
    try:
        return _checked(content)
    except (KeyError, TypeError, ValueError, OverflowError) as reason:
        raise ValueError(f"{_file(path)} is no rank report that can be compared: {printable(reason)}") from reason


def content_of(path: Path) -> Any:
    """The rank report to be kept as a reference; ValueError when it is none."""
    load(path)
    return read_json(_file(path))


def compare(current: Kept, reference: Kept) -> list[ColumnCheck]:
    """Look at every column of the reference.

    Raises:
        ValueError: the two are judged by different truths.
    """
    if current.truth != reference.truth:
        raise ValueError(
            f"the reference is judged by another truth: {printable(reference.truth)}, not {printable(current.truth)}"
        )
    checks = []
    for name, then in reference.scores.items():
        if name not in current.scores:
            checks.append(ColumnCheck(name, False, f"it has no tau-b any more; there are {listed(current.scores)}"))
            continue
        change = _change(current, reference, current.scores[name], then)
        now, before = current.scores[name].observed.mean(), then.observed.mean()
        passed = not (change.high < 0 and change.estimate < -MARGIN)
        other = "" if current.pool == reference.pool else ", of other architectures"
        checks.append(
            ColumnCheck(
                name,
                bool(passed),
                f"tau-b {before:.3f} -> {now:.3f} (change {change.estimate:+.3f}, interval {change.low:+.3f} to "
                f"{change.high:+.3f}{other})",
            )
        )
    return checks


def _change(current: Kept, reference: Kept, now: Values, then: Values) -> Interval:
    size = min(current.architectures, reference.architectures)
    draws = min(now.resampled.shape[1], then.resampled.shape[1])
    first, second = (Values(one.observed, one.resampled[:, :draws]) for one in (then, now))
    if current.pool != reference.pool:  # unrelated resamples: against each other, the one in reverse order
        deviation = first.resampled - first.resampled.mean()
        shuffled = np.random.default_rng(0).permutation(deviation, axis=1) + first.resampled.mean()
        first = Values(first.observed, shuffled)
    return second.since(first, confidence=CONFIDENCE, pool_size=size, bounds=_BOUNDS)


def _file(path: Path) -> Path:
    return path / "summary.json" if path.is_dir() else path


def _checked(content: Any) -> Kept:
    if not isinstance(content, dict) or content.get("kind") != "rank report":
        raise ValueError("it says nothing of that kind")
    if content.get("format") != FORMAT:
        raise ValueError(f"its format is {content.get('format')!r}, and this version reads {FORMAT}")
    gate = content["gate"]
    scores = {str(name): _values(name, one) for name, one in gate["scores"].items()}
    if not scores:
        raise ValueError("no column of it has a tau-b")
    return Kept(str(gate["pool"]), str(gate["truth"]), int(gate["architectures"]), scores)


def _values(name: str, one: Mapping[str, Any]) -> Values:
    rows = [np.array([math.nan if value is None else value for value in one[key]]) for key in ("by_seed", "resampled")]
    for row in rows:
        if row.ndim != 1 or row.dtype.kind != "f" or not 1 <= len(row) <= _MOST or np.nanmax(np.abs(row)) > 1:
            raise ValueError(f"the tau-b of {printable(name)} are no numbers from -1 to 1")
    if not np.isfinite(rows[0]).all() or len(rows[1]) < 20:
        raise ValueError(f"the tau-b of {printable(name)} are too few")
    return Values(rows[0], rows[1][None])
