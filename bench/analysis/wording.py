"""How numbers, marks and names are written, the same in every format of a report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nasrank.bench.analysis.summary import MAIN_METRIC, MetricRow, Summary
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.scores import label_of

BELOW = "▼"
"""Marks a guided super-net that a baseline beats."""

BETTER, WORSE = "↑", "↓"
"""Mark what differs from something by more than chance, as its interval excludes 0."""

DECIDED = "⇒"
"""Leads from before to after where their difference excludes 0."""

MISSING = "n/a"

MAIN_TITLE = METRICS[MAIN_METRIC].label
METRICS_TITLE = "All metrics"
METRICS_LEAD = "Each cell: before → after guidance. The last rows are the baselines and the noise ceiling."
OWN_RIDGE = "ridge on its labels (how many)"
CHANGES_TITLE = "What a change does"
CHANGES_LEAD = (
    "Kendall's tau-b of each variant minus that of the row that it is compared with, on the same seeds and the same "
    "pool. It helps or hurts where the interval excludes 0."
)
ESTIMATORS_TITLE = "The same super-nets by other scores"
ESTIMATORS_LEAD = (
    "Kendall's tau-b before → after guidance by every score of the trained super-nets: accuracy and loss on the "
    "scoring images, the angle between the weights before and after training, with the normalizations and biases "
    "outside the cells as in the papers' code or of the kernels alone, the rank sum of accuracy and the latter, and "
    f"what a strategy's own parameters say. {BETTER} and {WORSE} mark what is better or worse than by the score that "
    f"the row is ranked by, and {DECIDED} leads to what guidance changes, where the interval of that difference "
    "excludes 0; intervals are in table.csv. "
    f"{MISSING} stands where the scores of some seed are all equal or not finite."
)
SEARCH_TITLE = "What the search finds"
SEARCH_LEAD = (
    "Stand-alone truth of the one architecture that a search ends with, before → after guidance, mean over seeds: what "
    "is derived from the whole space, by a strategy's own parameters or by evolution, and the one of the pool that "
    "they or the super-net's scores rank highest."
)
LANDMARKS_TITLE = "The landmarks themselves"
LANDMARKS_LEAD = (
    "What the term cost, and whether it was learned: the passes that it added to training; the landmark pairs that it "
    "found in the wrong order, in its first stretch of training and in the last; and how each super-net orders its own "
    "landmarks before → after guidance, by minus the loss on the scoring images, which the term never saw, and by the "
    "score that it ranks by."
)

PARTS_TITLE = "Within what one super-net scores"
PARTS_LEAD = (
    "Some rows end with several super-nets, each of which scores a part of the space. Kendall's tau-b before → after "
    "guidance over all pairs of the pool, over those that the same super-net scored, and over these same pairs by the "
    "first row's; means over seeds. Where the second is above the first, scores of different super-nets compare badly; "
    "where it is not above the third, dividing the space does not help within the parts either."
)

GROUPS_TITLE = "Within parts of the pool"
GROUPS_LEAD = (
    "Kendall's tau-b among the architectures that have something in common, before → after guidance, and the interval "
    "of the gain; in brackets above, how many there are. Small parts have wide intervals."
)
NATURAL_TITLE = "On the natural pool"
NATURAL_LEAD = (
    "Kendall's tau-b before → after guidance on a pool of the same size from which the landmarks are missing and "
    "nothing else, as in the figures that others print: what is like a landmark is mostly weak, so leaving it out, as "
    "everywhere else in this report, lowers tau of most methods. Rows that were trained before it was scored have none."
)
PUBLISHED_TITLE = "Published figures"
PUBLISHED_LEAD = "To be read beside this study, not compared with it: almost everything was different."

SURPASSES = "P > random"

HEADS = {
    "tau": "tau-b",
    "spearman": "rho",
    "sparse_tau": "sparse tau",
    "tau_top50": "tau-b, top 50 %",
    "tau_top10": "tau-b, top 10 %",
    "precision_top10": "P@10 %",
    "best_rank_at10": "BR@10 ↓",
    "regret_at10": "regret@10 ↓",
    "regret_at1": "regret@1 ↓",
    "surpass_random10": SURPASSES,
}
"""Of columns, by metric; `section_notes.metric_legend` explains them."""

_DECIMALS = {"": 3, "fraction": 3, "probability": 3, "points": 2, "rank": 1}


def number(metric: Metric, value: float, *, signed: bool = False) -> str:
    """A value in the metric's unit with the decimals that suit it and a true minus sign."""
    if math.isnan(value):
        return MISSING
    text = f"{value:{'+' if signed else ''}.{_DECIMALS[metric.unit]}f}"
    return (text if float(text) else text.lstrip("-+")).replace("-", "−")


def interval(metric: Metric, low: float, high: float) -> str:
    """In brackets; empty where there is none."""
    return "" if math.isnan(low) else f"[{number(metric, low)}, {number(metric, high)}]"


def with_interval(metric: Metric, value: float, low: float, high: float, *, signed: bool = False) -> str:
    return f"{number(metric, value, signed=signed)} {interval(metric, low, high)}".strip()


def counted(count: int, one: str, many: str) -> str:
    return f"1 {one}" if count == 1 else f"{count} {many}"


def hardware(found: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """What the super-nets were trained on, and what it means that they were trained on more than one processor."""
    counts, platform = found["processors"], found["platform"]
    if len(counts) == 1:
        return f"{next(iter(counts))}, {platform}"
    shares = ", ".join(f"{name} ({counted(count, 'super-net', 'super-nets')})" for name, count in counts.items())
    crossing = [f"before and after of {labels[arm]}" for arm in found["unpaired"]["arms"]]
    crossing += [f"{labels[variant]} and {labels[base]}" for variant, base in found["unpaired"]["changes"]]
    unpaired = f". Not paired seed by seed, as they are of different ones: {'; '.join(crossing)}" if crossing else ""
    return (
        f"{shares}, {platform}; processors round differently, so that one seed trains another super-net on each"
        f"{unpaired}"
    )


def with_base(label: str, base: str, usual: str | None) -> str:
    """A variant's label with that of what it is compared with, unless that is the usual one or named in it already."""
    return label if base == usual or base in label else f"{label} ({base})"


def seeds(count: int) -> str:
    return counted(count, "seed", "seeds")


def percent(fraction: float, decimals: int) -> str:
    """A fraction in percent."""
    return MISSING if math.isnan(fraction) else f"{100 * fraction:.{decimals}f} %"


def metric_label(metric: Metric) -> str:
    """The label with its unit, and its direction where lower is better."""
    notes = ["points"] * (metric.unit == "points") + ["lower is better"] * (not metric.higher_is_better)
    return f"{metric.label} ({', '.join(notes)})" if notes else metric.label


def metric_head(name: str) -> str:
    """A short name for the head of a column, see `HEADS`."""
    return HEADS.get(name, METRICS[name].label)


def score_label(name: str) -> str:
    """As what gives the score calls it."""
    return label_of(name)


def truth_value(summary: Summary, value: float) -> str:
    """A value of the truth, or a difference of two, with the decimals that suit its unit."""
    return number(METRICS["regret_at1" if summary.header["truth"]["metric"] == "accuracy" else MAIN_METRIC], value)


def truth_heading(summary: Summary) -> str:
    return "accuracy, %" if summary.header["truth"]["metric"] == "accuracy" else "minus the loss"


def stays_below(row: MetricRow, summary: Summary) -> str:
    """Which baselines are better than the guided super-net; empty when none is."""
    names = row.below_baseline
    if len(names) == len(summary.baselines) > 1:
        return f"all {len(names)} baselines"
    return ", ".join(summary.baselines[name].label for name in names)


def baseline_label(summary: Summary, name: str) -> str:
    baseline = summary.baselines[name]
    return f"{baseline.label} ({baseline.labels} a seed)" if baseline.labels else baseline.label
