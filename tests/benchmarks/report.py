"""Turns pytest-benchmark's JSON into reports/speed/table.md: times, and the ratios that we promise.

python tests/benchmarks/report.py speed.json reports/speed/table.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.files import replacing

Seconds = dict[str, float]


@dataclass(frozen=True)
class Promise:
    """A figure that follows from the timings, and the bound it has to keep."""

    text: str
    figure: Callable[[Seconds], float]
    bound: float
    at_least: bool
    unit: str

    def row(self, seconds: Seconds) -> str:
        value = self.figure(seconds)
        kept = value >= self.bound if self.at_least else value <= self.bound
        sign = "at least" if self.at_least else "at most"
        verdict = "yes" if kept else "**no**"
        return f"| {self.text} | {value:.3g} {self.unit} | {sign} {self.bound:g} {self.unit} | {verdict} |"


PROMISES = (
    Promise(
        "super-net step, channels-last against contiguous (16 channels, 5 cells a stage, 32x32)",
        lambda s: s["test_step_by_layout[contiguous]"] / s["test_step_by_layout[channels_last]"],
        1.6,
        True,
        "times faster",
    ),
    Promise(
        "landmark step (one pair) against a plain step (8 channels, 1 cell a stage, 16x16)",
        lambda s: s["test_step_with_landmarks[landmarks]"] / s["test_step_with_landmarks[plain]"],
        2.2,
        False,
        "times the cost",
    ),
    Promise(
        "scoring all 15,625 cells together against one at a time (timed on 625 and scaled by 25)",
        lambda s: 25 * s["test_one_at_a_time_625_cells"] / s["test_together"],
        2.5,
        True,
        "times faster",
    ),
    Promise("opening the compiled oracle", lambda s: 1e3 * s["test_open"], 20, False, "ms"),
    Promise("accuracy of all 15,625 cells by array", lambda s: 1e3 * s["test_all_cells_by_array"], 1, False, "ms"),
    Promise("memory that opening and answering adds", lambda s: s["added_mib"], 60, False, "MiB"),
)


def render(content: dict[str, Any]) -> str:
    """The page for one run's JSON."""
    benchmarks = content["benchmarks"]
    seconds = {benchmark["name"]: benchmark["stats"]["median"] for benchmark in benchmarks}
    for benchmark in benchmarks:
        seconds |= benchmark["extra_info"]
    machine = content["machine_info"]
    lines = [
        "# Speed",
        "",
        f"One run of `tox -e speed` on {machine['cpu'].get('brand_raw', 'an unknown processor')}, one thread, Python"
        f" {machine['python_version']}. Times are medians and noisy; ratios are of one run.",
        "",
        "| what | measured | promised | kept |",
        "|---|---|---|---|",
        *(promise.row(seconds) for promise in PROMISES),
        "",
        "| benchmark | median | rounds |",
        "|---|---|---|",
        *(
            f"| {b['group']}: `{b['name']}` | {_time(b['stats']['median'])} | {b['stats']['rounds']} |"
            for b in benchmarks
        ),
        "",
    ]
    return "\n".join(lines)


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    page = render(json.loads(source.read_text()))
    with replacing(target) as temporary:
        temporary.write_text(page)
    print(page)
