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

from nasrank.bench.foundation.files import replacing
from nasrank.bench.training.strategies import STRATEGIES

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
        return f"| {self.text} | {_figure(value)} {self.unit} | {sign} {_figure(self.bound)} {self.unit} | {verdict} |"


PROMISES = (
    Promise(
        "super-net step, channels-last against contiguous (16 channels, 5 cells a stage, 32x32)",
        lambda s: s["test_step_by_layout[contiguous]"] / s["test_step_by_layout[channels_last]"],
        1.6,
        True,
        "times faster",
    ),
    *(
        Promise(
            f"super-net step against the ordinary super-net of NAS-Bench-201 ({size}, 1 cell a stage, batch 64)",
            lambda s, size=size: s[f"ordinary_by_ours[{size}]"],
            2.0,
            True,
            "times faster",
        )
        for size in ("8 channels, 16x16", "16 channels, 32x32")
    ),
    Promise(
        "landmark step (one pair) against a plain step (8 channels, 1 cell a stage, 16x16)",
        lambda s: s["test_step_with_landmarks[landmarks]"] / s["test_step_with_landmarks[plain]"],
        2.2,
        False,
        "times the cost",
    ),
    Promise(
        "NAS-Bench-101: landmark step (one pair) against a plain step (16 channels, 1 cell a stage, 16x16)",
        lambda s: s["test_nb101_step[landmarks]"] / s["test_nb101_step[plain]"],
        2.2,
        False,
        "times the cost",
    ),
    Promise(
        "NAS-Bench-101: stand-alone networks that 'nasrank tabulate' trains on digits, an hour and core",
        lambda s: 3600 * 8 / s["test_tabulate_nb101"],
        2000,
        True,
        "networks",
    ),
    Promise(
        "NAS-Bench-201: landmark step (one pair) against a plain step, the strategy where it costs most",
        lambda s: max(_step(s, name, "landmarks") / _step(s, name) for name in STRATEGIES),
        2.2,
        False,
        "times the cost",
    ),
    Promise(
        "DARTS, a step of second order against one of first",
        lambda s: _step(s, "darts2") / _step(s, "darts"),
        4.5,
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
    Promise(
        "full NAS-Bench-201 table (15,625 cells, all curves): opening it in a fresh process",
        lambda s: 1e3 * s["open_nb201_seconds"],
        50,
        False,
        "ms",
    ),
    Promise("the same: memory that opening and answering adds", lambda s: s["open_nb201_added_mib"], 100, False, "MiB"),
    Promise(
        "the same 1,000 records opened by the package nas-bench-201 and by us: time",
        lambda s: s["official_seconds"] / s["test_open_nb201_first_records"],
        1000,
        True,
        "times less",
    ),
    Promise(
        "the same 1,000 records: memory that opening adds",
        lambda s: s["official_added_mib"] / s["open_some_added_mib"],
        100,
        True,
        "times less",
    ),
    Promise(
        "the package's time for 15,625 records, extrapolated from 1,000, against ours measured",
        lambda s: s["official_seconds"] * 15.625 / s["test_open_nb201"],
        1000,
        True,
        "times less",
    ),
    Promise(
        "the package's memory for 15,625 records, extrapolated from 1,000, against ours measured",
        lambda s: s["official_added_mib"] * 15.625 / s["open_nb201_added_mib"],
        100,
        True,
        "times less",
    ),
    Promise("a million single look-ups through a bound column", lambda s: s["test_million_bound"], 2, False, "s"),
    Promise("a million single look-ups by keywords", lambda s: s["test_million_by_keywords"], 20, False, "s"),
    Promise("accuracy array of the whole space, full table", lambda s: 1e3 * s["test_all_cells"], 1, False, "ms"),
    Promise(
        "NAS-Bench-101, 423,624 cells: opening it in a fresh process",
        lambda s: 1e3 * s["open_nb101_seconds"],
        100,
        False,
        "ms",
    ),
    Promise(
        "NAS-Bench-101: from a hash to its row, all 423,624 in random order",
        lambda s: 1e6 * s["test_all_hashes_to_rows"] / 423_624,
        2,
        False,
        "us",
    ),
    Promise(
        "module hashes of NAS-Bench-101, 40,000 cells at once against the package nasbench-pytorch",
        lambda s: 40 * s["test_hashes_by_the_package"] / s["test_hashes_at_once"],
        20,
        True,
        "times faster",
    ),
    Promise(
        "module hash of one cell, against the package",
        lambda s: s["test_hashes_by_the_package"] / s["test_hashes_one_at_a_time"],
        1,
        True,
        "times faster",
    ),
    Promise(
        "enumerating all 423,624 cells of NAS-Bench-101 on 2 cores",
        lambda s: s["test_enumerate_nb101"],
        300,
        False,
        "s",
    ),
    Promise(
        "compiling a NAS-Bench-201 file of full size on 2 cores", lambda s: s["test_compile_nb201"], 600, False, "s"
    ),
    Promise("peak memory of that, mapped files included", lambda s: s["compile_nb201_peak_mib"], 4096, False, "MiB"),
    Promise(
        "'nasrank rank': ten columns of all 15,625 cells of NAS-Bench-201, every metric with its interval",
        lambda s: s["test_ten_columns_of_nas_bench_201"],
        20,
        False,
        "s",
    ),
    Promise(
        "'nasrank rank': one column of all 423,624 cells of NAS-Bench-101, by their hashes",
        lambda s: s["test_one_column_of_nas_bench_101"],
        60,
        False,
        "s",
    ),
)


def _step(seconds: Seconds, strategy: str, kind: str = "plain") -> float:
    """Of one step."""
    each = seconds[f"test_strategy_steps[{strategy}-{kind}]"] / seconds[f"passes[{strategy}]"]
    return each * seconds[f"passes_per_step[{strategy}]"]


def _strategies(seconds: Seconds) -> list[str]:
    """A table of the steps of all strategies, in units of a plain step of SPOS."""
    lines = ["| strategy | passes a step | a step | a pass | landmarks (one pair) add |", "|---|---|---|---|---|"]
    unit = _step(seconds, "spos")
    for name, strategy in STRATEGIES.items():
        passes = seconds[f"passes_per_step[{name}]"]
        plain, guided = (_step(seconds, name, kind) / unit for kind in ("plain", "landmarks"))
        lines.append(f"| {strategy.label} | {passes:.0f} | {plain:.2f} | {plain / passes:.2f} | {guided - plain:.2f} |")
    return lines


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
        "Steps of the training strategies on NAS-Bench-201, in units of a step of SPOS without landmarks; a pass is a"
        " forward and backward pass of one batch along one path, as a strategy is charged for it:",
        "",
        *_strategies(seconds),
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


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


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
