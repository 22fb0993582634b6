"""How numbers, marks and explanations are written, the same in every format of a report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bench.ranking import METRICS
from bench.ranking.registry import Metric
from bench.reporting.summary import MAIN_METRIC, Ceiling, Row, Summary

BELOW = "▼"
"""Marks a guided super-net that a baseline beats."""

MISSING = "n/a"

MAIN_TITLE = METRICS[MAIN_METRIC].label
METRICS_TITLE = "All metrics"
METRICS_LEAD = "Before → after guidance, beside the baselines and the noise ceiling."
LANDMARKS_TITLE = "The landmarks themselves"
LANDMARKS_LEAD = (
    "Whether the term was learned: how each super-net orders its own landmarks on the scoring images, which the term "
    "never saw."
)

GROUPS_TITLE = "Within parts of the pool"
GROUPS_LEAD = (
    "Kendall's tau-b among the architectures that have something in common, before and after guidance, and the "
    "interval of the gain. Small parts have wide intervals."
)
PUBLISHED_TITLE = "Published figures"
PUBLISHED_LEAD = "To be read beside this study, not compared with it: almost everything was different."

_TRUTH_ON = {"accuracy": "", "loss": "minus the loss on "}
_LABELS = {"accuracy": "accuracies", "loss": "losses"}

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


def seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"


def percent(fraction: float, decimals: int) -> str:
    """A fraction in percent."""
    return MISSING if math.isnan(fraction) else f"{100 * fraction:.{decimals}f} %"


def metric_label(metric: Metric) -> str:
    """The label with its unit, and its direction where lower is better."""
    notes = ["points"] * (metric.unit == "points") + ["lower is better"] * (not metric.higher_is_better)
    return f"{metric.label} ({', '.join(notes)})" if notes else metric.label


def stays_below(row: Row, summary: Summary) -> str:
    """Which baselines are better than the guided super-net; empty when none is."""
    names = row.below_baseline
    if len(names) == len(summary.baselines) > 1:
        return f"all {len(names)} baselines"
    return ", ".join(summary.baselines[name].label for name in names)


def baseline_label(summary: Summary, name: str) -> str:
    baseline = summary.baselines[name]
    return f"{baseline.label} ({baseline.labels} a seed)" if baseline.labels else baseline.label


def facts(summary: Summary) -> list[tuple[str, str]]:
    """The header as terms and what they are."""
    header = summary.header
    truth, images, n, term = header["truth"], header["images"], header["n"], header["landmark_term"]
    supernet = header["supernet"]
    return [
        (
            "Space",
            f"{header['space']['name']}, {header['space']['architectures']:,} architectures; pool of {n['pool']:,} "
            f"drawn at random{_drawn_from(header['space'])}, none isomorphic to a landmark or of the same function",
        ),
        (
            "Truth",
            f"{truth['oracle']}: {truth_column(summary)}, {truth['seeds']} "
            f"({truth['seeds_in_words']}); trained on {truth['trained_on']}, measured on {truth['measured_on']}",
        ),
        ("Truth's file", f"{truth['file']}, sha256 {truth['sha256']}; licence: {truth['licence']}"),
        ("Truth's protocol", f"{truth['protocol'].removesuffix('.')}. {truth['citation']}"),
        (
            "Images",
            f"{images['name']} ({images['provenance']}), sha256 {images['sha256']}; {images['split']} split: "
            f"{n['weights_images']:,} for the weights, {n['held_out_images']:,} held out for landmark terms and "
            f"architecture updates, {n['scoring_images']:,} for scoring",
        ),
        (
            "Super-nets",
            f"{n['trials']} trials: {len(summary.strategies)} strategies, with and without landmarks, "
            f"{seeds(n['seeds'])} each, {n['failed_trials']} failed; {supernet['channels']} channels, "
            f"cells a stage: {supernet['cells_per_stage']}, {supernet['statistics']} statistics{_choices(supernet)}; "
            f"{n['training_passes']:,} passes of {n['batch_size']} images each; ranked by {header['score']}",
        ),
        (
            "Landmarks",
            f"{n['landmarks']} a seed ({term['choice']}); {term['loss']} loss on {term['images']} images, "
            f"coefficient {term['coefficient']:g}, {term['schedule']} after {100 * term['warm_up']:g} % warm-up, "
            f"pairs a step: {term['pairs_per_step']} ({term['pair_sampling']})",
        ),
        ("Hardware", f"{header['hardware']['processor']}, {header['hardware']['platform']}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in header["versions"].items())),
        ("Regenerate", f"{header['command']}; the fingerprint of the design is {header['design']}"),
    ]


def truth_column(summary: Summary) -> str:
    """What of the oracle is the truth, but for the seeds."""
    truth = summary.header["truth"]
    return f"{_TRUTH_ON[truth['metric']]}{truth['dataset']}, {truth['split']}, {truth['epochs']} epochs"


def _drawn_from(space: Mapping[str, Any]) -> str:
    if space["known"] == space["architectures"]:
        return ""
    coverage = f" ({space['coverage']})" if space["coverage"] else ""
    return f" from the {space['known']:,} whose truth is known{coverage}"


def _choices(supernet: Mapping[str, Any]) -> str:
    """What was chosen of the super-net beyond what every one has."""
    chosen = ["affine"] if supernet["affine"] else []
    usual = ("channels", "cells_per_stage", "affine", "statistics")
    chosen += [f"{name.replace('_', ' ')} {choice}" for name, choice in supernet.items() if name not in usual]
    return "".join(f", {choice}" for choice in chosen)


def notes(summary: Summary) -> list[str]:
    """What a reader has to know to read the numbers."""
    n, confidence = summary.header["n"], 100 * summary.header["confidence"]
    over_seeds = "" if n["seeds"] > 1 else " With one seed, nothing here says how results vary between seeds."
    lines = [
        f"Means over {seeds(n['seeds'])} on a pool of {n['pool']:,} architectures, with {confidence:g} % intervals "
        f"over pool (bootstrap, {n['draws']:,} draws) and seeds (Student t); those of estimators without seeds cover "
        "the pool alone. Differences are paired: same seeds, weights at the start, batches and pool. Intervals are "
        f"not corrected for the number of strategies.{over_seeds}",
        f"{BELOW} marks a guided super-net that at least one baseline beats: its mean is worse than the baseline's, "
        "whether or not their intervals overlap.",
        f"The ridge is fitted on exactly the stand-alone {_LABELS[summary.header['truth']['metric']]} that the "
        "landmark term of the same seed was given.",
        "Every strategy spends the same forward-backward passes along a single path. One that spends more of them a "
        "step takes fewer steps, and so its landmark term sees fewer pairs.",
        _note_on_ceiling(summary),
        "Among equal scores the highest ones are chosen at random, and selection metrics are the expectation.",
    ]
    absent = [metric for metric in METRICS.values() if metric.name not in summary.metrics]
    for reason, unpredicted in (("for want of predicted accuracies", True), ("as the truth is not in percent", False)):
        labels = [metric.label for metric in absent if metric.scores_in_truth_units == unpredicted]
        if labels:
            lines.append(f"Not reported, {reason}: {', '.join(labels)}.")
    undefined = sum(row.undefined_draws > 0 for row in summary.rows)
    if undefined:
        lines.append(f"In {undefined} rows some resamples left the metric undefined; summary.json counts them.")
    lines += [
        f"{summary.labels[row.strategy]} has no value: {row.reason}."
        for row in summary.rows
        if row.metric == MAIN_METRIC and row.reason
    ]
    return lines


def published_notes(summary: Summary) -> list[str]:
    """How the figures of others came about, and where they stand."""
    return [
        f"{summary.labels[one.strategy]}, {one.what}: {one.protocol}. Source: {one.source}."
        for one in summary.published
    ]


def _note_on_ceiling(summary: Summary) -> str:
    if not summary.ceilings:
        return "No second measurement of this truth is recorded: its noise ceiling is unknown."
    parts = [
        f"{one.second} ranks {one.architectures:,} architectures like {one.first} with tau-b "
        f"{one.metrics[MAIN_METRIC]:.3f}{_apart(one)}; they differ in {one.differs}"
        for one in summary.ceilings
    ]
    return f"Noise ceiling: {'. '.join(parts)}. {summary.ceilings[0].status.capitalize()}."


def _apart(ceiling: Ceiling) -> str:
    difference = ceiling.mean_absolute_difference
    return "" if math.isnan(difference) else f" (mean absolute difference {difference:.2f} points)"
