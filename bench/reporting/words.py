"""How numbers, marks and names are written, the same in every table, figure and sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nasrank.bench.analysis.comparison import draws_of
from nasrank.bench.analysis.frame import BETTER, DECIMALS, MAIN_METRIC, WORSE, Finding
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.ranking.sequential import Looks
from nasrank.bench.scores import label_of

MISSING = "n/a"
UP, DOWN = "↑", "↓"
"""Mark a difference that is decided for the better or the worse."""

MARKS = {BETTER: UP, WORSE: DOWN}
TAU = METRICS[MAIN_METRIC]

SURPASSES = "P > random"
HEADS = {
    "tau": "tau-b",
    "spearman": "rho",
    "sparse_tau": "sparse tau",
    "tau_top50": "tau-b, top 50 %",
    "tau_top10": "tau-b, top 10 %",
    "precision_top10": "P@10 %",
    "best_rank_at10": "BR@10",
    "regret_at10": "regret@10",
    "regret_at1": "regret@1",
    "surpass_random10": SURPASSES,
}
"""Of columns, by metric."""

_DECIMALS = {"": 3, "fraction": 3, "probability": 3, "points": 2, "rank": 1}


def number(value: float, metric: Metric = TAU, *, signed: bool = False) -> str:
    """A value in the metric's unit with the decimals that suit it and a true minus sign."""
    if math.isnan(value):
        return MISSING
    text = f"{as_filed(value):{'+' if signed else ''}.{_DECIMALS[metric.unit]}f}"
    return (text if float(text) else text.lstrip("-+")).replace("-", "−")


def as_filed(value: float) -> float:
    """As the files of a report hold it, so that half a digit is rounded the same way by whoever prints it."""
    return round(value, DECIMALS)


def short(value: float) -> str:
    """A tau in running text: two decimals."""
    return MISSING if math.isnan(value) else f"{as_filed(value):.2f}".replace("-", "−").replace("−0.00", "0.00")


def interval(finding: Finding) -> str:
    """In brackets; empty where there is none."""
    metric = METRICS.get(finding.metric, TAU)
    return "" if math.isnan(finding.low) else f"[{number(finding.low, metric)}, {number(finding.high, metric)}]"


def with_interval(finding: Finding, *, signed: bool = False) -> str:
    """Value and interval; of a difference with its sign."""
    signed = signed or bool(finding.base)
    return f"{number(finding.value, METRICS.get(finding.metric, TAU), signed=signed)} {interval(finding)}".strip()


def points(value: float, *, signed: bool = False) -> str:
    """A number in percent, or in the unit of what a table measured: two decimals and a true minus sign."""
    return MISSING if math.isnan(value) else f"{value:{'+' if signed else ''}.2f}".replace("-", "−")


def stated(seen: str) -> str:
    """When claims were stated, by what had been seen then; nothing was where nothing is said."""
    return f"stated after {seen}" if seen else "stated beforehand"


def bracketed(value: str, low: str, high: str) -> str:
    """A value and its interval, all as they are written; the value alone where there is none."""
    return value if MISSING in (low, high) else f"{value} [{low}, {high}]"


def counted(count: int, one: str, many: str) -> str:
    """1 row, 2 rows."""
    return f"1 {one}" if count == 1 else f"{count:,} {many}"


def seeds(count: int) -> str:
    """1 seed, 2 seeds."""
    return counted(count, "seed", "seeds")


def seeds_of(header: Mapping[str, Any]) -> str:
    """3 seeds; 5 to 20 seeds where rows have different numbers of them."""
    counts = {row["seeds"] for row in header["sequential"]["rows"].values()} if "sequential" in header else set()
    return f"{min(counts)} to {seeds(max(counts))}" if len(counts) > 1 else seeds(header["n"]["seeds"])


def stops(summary: Summary) -> list[str]:
    """Which rows ended at each look and why, in the order of the looks; empty where seeds were listed."""
    rows = summary.header["sequential"]["rows"] if "sequential" in summary.header else {}
    ends: dict[tuple[int, int, str], list[str]] = {}
    for name, row in rows.items():
        ends.setdefault((row["look"], row["seeds"], row["why"]), []).append(summary.labels[name])
    return [
        f"{why} with {count} seeds (look {look}): {listed(labels, len(labels))}"
        for (look, count, why), labels in sorted(ends.items(), key=lambda end: end[0][0])
    ]


def percent(fraction: float, decimals: int = 0) -> str:
    """A fraction in percent."""
    return MISSING if math.isnan(fraction) else f"{100 * as_filed(fraction):.{decimals}f} %"


def listed(names: Sequence[str], most: int = 8) -> str:
    """A, B and C; or how many they are, where they are too many to be read."""
    if len(names) > most:
        return f"{len(names)} of them"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def span(values: Sequence[float]) -> str:
    """From the least to the greatest."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return MISSING
    low, high = short(min(known)), short(max(known))
    return low if low == high else f"{low} to {high}"


def metric_label(name: str) -> str:
    """The label with its unit, and its direction where lower is better."""
    metric = METRICS[name]
    notes = ["points"] * (metric.unit == "points") + ["lower is better"] * (not metric.higher_is_better)
    return f"{metric.label} ({', '.join(notes)})" if notes else metric.label


def metric_head(name: str) -> str:
    """A short name for the head of a column, with an arrow where lower is better."""
    return HEADS.get(name, METRICS[name].label) + ("" if METRICS[name].higher_is_better else " (low)")


def score_label(name: str) -> str:
    """As what gives the score calls it."""
    return label_of(name)


def with_base(label: str, base: str, usual: str | None) -> str:
    """A variant's label with that of what it is compared with, unless that is the usual one or named in it already."""
    return label if base == usual or base in label else f"{label} ({base})"


def truth_value(summary: Summary, value: float) -> str:
    """A value of the truth, or a difference of two, with the decimals that suit its unit."""
    return number(value, METRICS["regret_at1"] if in_percent(summary) else TAU)


def truth_heading(summary: Summary) -> str:
    """What the truth is."""
    quantity = QUANTITIES[summary.header["truth"]["metric"]]
    name = quantity.label if quantity.direction == "higher" else f"minus the {quantity.label}"
    return f"{name}, %" if in_percent(summary) else name


def in_percent(summary: Summary) -> bool:
    """Whether the truth is an accuracy, or another share."""
    return QUANTITIES[summary.header["truth"]["metric"]].unit == "percent"


def samples(header: dict[str, Any]) -> str:
    """What networks see: images, or windows of text."""
    return str(header.get("samples", "images"))


def truth_column(summary: Summary) -> str:
    """What of the oracle is the truth, but for the seeds."""
    truth: dict[str, Any] = summary.header["truth"]
    on = "" if in_percent(summary) else f"{truth_heading(summary)} on "
    return f"{on}{truth['dataset']}, {truth['split']}, {truth['epochs']} epochs"


def fewer_draws(summary: Summary) -> str:
    """Which metrics have fewer resamples than the study asks for, and how many; empty where none has."""
    draws, confidence = summary.header["n"]["draws"], summary.header["confidence"]
    looks = Looks(tuple(summary.header["sequential"]["looks"])) if "sequential" in summary.header else None
    found: dict[int, list[str]] = {}
    for name in summary.metrics:
        count = draws_of(draws, METRICS[name], confidence, looks)
        found.setdefault(count, []).append(HEADS.get(name, METRICS[name].label))
    return "".join(f"; {fewer:,} for {listed(heads)}" for fewer, heads in found.items() if fewer < draws)


def not_reported(summary: Summary) -> list[tuple[str, list[str]]]:
    """Labels of the metrics that a report of this truth leaves out, by the reason."""
    absent = [metric for name, metric in METRICS.items() if name not in summary.metrics]
    reasons = {True: "super-nets predict no accuracies", False: "the truth is not in percent"}
    found = [(why, [one.label for one in absent if one.scores_in_truth_units == kind]) for kind, why in reasons.items()]
    return [(reason, labels) for reason, labels in found if labels]


def size(summary: Summary) -> str:
    """How many architectures and seeds, and which intervals."""
    n, confidence = summary.header["n"], summary.header["confidence"]
    return f"{n['pool']:,} architectures, {seeds_of(summary.header)}, {100 * confidence:g} % intervals"


def coinciding(labels: Sequence[str]) -> str:
    """That what rows of these labels differ in does nothing."""
    return (
        f"{listed(labels, len(labels))} have different settings, and super-nets that all score alike to the last "
        "digit: what they differ in does nothing here."
    )


def alike(labels: Sequence[str]) -> str:
    """That rows of these labels are one."""
    *others, last = labels
    return (
        f"{', '.join(others)} and {last} are the same training under {len(labels)} names: here they draw the same "
        "paths from the same stream, so that their rows are one result and no confirmation of each other."
    )
