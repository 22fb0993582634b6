"""What a reader has to know beside the numbers: what was measured, how, and how to read it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.bootstraps import draws_of
from nasrank.bench.analysis.summary import MAIN_METRIC, CeilingRow, Summary
from nasrank.bench.analysis.wording import BELOW, counted, metric_head, percent, score_label, seeds, truth_value
from nasrank.bench.ranking import METRICS

_TRUTH_ON = {"accuracy": "", "loss": "minus the loss on "}
TUNED = (
    "The settings of the predictors fitted on labels (the ridge's penalty, the Gaussian process's grid, the forest's "
    "features a split) were chosen with truths of NAS-Bench-201 and NAS-Bench-101, from which they profit there."
)

_LABELS = {"accuracy": "accuracies", "loss": "losses"}


def facts(summary: Summary) -> list[tuple[str, str]]:
    """The header as terms and what they are."""
    header = summary.header
    truth, images, n, term = header["truth"], header["images"], header["n"], header["landmark_term"]
    supernet = header["supernet"]
    return [
        (
            "Space",
            f"{header['space']['name']}, {header['space']['architectures']:,} architectures; pool of {n['pool']:,} "
            f"drawn at random{_drawn_from(header['space'])}, none isomorphic to a landmark or of the same function"
            f"{_passed_over(summary)}",
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
            f"{n['trials']} trials: {arms(summary)}, with and without landmarks, "
            f"{seeds(n['seeds'])} each, {n['failed_trials']} failed; {supernet['channels']} channels, "
            f"cells a stage: {supernet['cells_per_stage']}, {supernet['statistics']} statistics{_choices(supernet)}; "
            f"{_passes(n)} each{_own_passes(summary)}; ranked by {scores(summary)}",
        ),
        ("Landmarks", f"{n['landmarks']} a seed ({term['choice']}); {_landmark_term(term)}"),
        *(("Other terms", _other_terms(one)) for one in [header.get("other_terms")] if one),
        ("Hardware", wording.hardware(header["hardware"], summary.labels)),
        ("Versions", ", ".join(f"{name} {version}" for name, version in header["versions"].items())),
        ("Regenerate", f"{header['command']}; the fingerprint of the design is {header['design']}"),
    ]


def _landmark_term(term: Mapping[str, Any]) -> str:
    if "loss" not in term:
        return "no term is told of them"
    return (
        f"{term['loss']} loss on {term['images']} images, "
        f"coefficient {term['coefficient']:g}, {term['schedule']} after {100 * term['warm_up']:g} % warm-up, "
        f"pairs a step: {term['pairs_per_step']} ({term['pair_sampling']})"
    )


def _other_terms(terms: Mapping[str, Mapping[str, Any]]) -> str:
    """Each with its options."""
    return "; ".join(
        ", ".join([label, *(f"{name.replace('_', ' ')} {value}" for name, value in options.items())])
        for label, options in terms.items()
    )


def arms(summary: Summary) -> str:
    """How many of what is compared."""
    n = summary.header["n"]
    strategies = counted(n["strategies"], "strategy", "strategies")
    return strategies + (f" and {counted(n['variants'], 'variant', 'variants')}" if n["variants"] else "")


def scores(summary: Summary) -> str:
    """What architectures are ranked by."""
    own = summary.header["own_scores"]
    exceptions = [f"{summary.labels[arm]} by {score_label(score)}" for arm, score in own.items()]
    return ", ".join([score_label(summary.header["score"]), *exceptions])


def truth_column(summary: Summary) -> str:
    """What of the oracle is the truth, but for the seeds."""
    truth = summary.header["truth"]
    return f"{_TRUTH_ON[truth['metric']]}{truth['dataset']}, {truth['split']}, {truth['epochs']} epochs"


def _passes(n: Mapping[str, int]) -> str:
    return f"{n['training_passes']:,} passes of {n['batch_size']} images"


def _own_passes(summary: Summary) -> str:
    own = [f"{summary.labels[arm]}: {_passes(one)}" for arm, one in summary.header["own_passes"].items()]
    return f" ({'; '.join(own)})" if own else ""


def _drawn_from(space: Mapping[str, Any]) -> str:
    if space["known"] == space["architectures"]:
        return ""
    coverage = f" ({space['coverage']})" if space["coverage"] else ""
    return f" from the {space['known']:,} whose truth is known{coverage}"


def _passed_over(summary: Summary) -> str:
    """How many were drawn but barred, and how they differ from the pool."""
    over, pool = summary.header["passed_over"], summary.header["n"]["pool"]
    if not over["architectures"]:
        return ""
    drawn = over["architectures"] + pool
    theirs, its = (truth_value(summary, over[name]) for name in ("median_truth", "median_truth_of_pool"))
    return (
        f" ({over['architectures']:,} of {drawn:,} drawn, {percent(over['architectures'] / drawn, 0)}, are, and were "
        f"passed over: their median truth is {theirs}, that of the pool {its})"
    )


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
        f"over pool (bootstrap, {n['draws']:,} draws{_fewer(summary)}) and seeds (Student t); those of estimators "
        "without seeds cover the pool alone. Differences are paired: same seeds, weights at the start, batches and "
        f"pool.{over_seeds}",
        *_note_on_many_rows(summary),
        *(alike_in_words([summary.labels[arm] for arm in group]) for group in summary.header["alike"]),
        *_note_on_earlier_revisions(summary),
        f"{BELOW} marks, in the table of tau, a guided super-net that at least one baseline beats: its mean is worse "
        "than the baseline's, whether or not their intervals overlap.",
        f"The ridge is fitted on exactly the stand-alone {_LABELS[summary.header['truth']['metric']]} that the "
        f"landmark term of the same seed was given.{_own_ridges(summary)}{_other_predictors(summary)} {TUNED}",
        _note_on_compute(summary),
        *_note_on_other_data(summary),
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


def _note_on_many_rows(summary: Summary) -> list[str]:
    """Where there are several: what verdicts on all of them together are worth."""
    rows, n = len(summary.labels), summary.header["n"]
    if rows < 2:
        return []
    shared = [summary.labels[change.variant] for change in summary.changes if change.before is None]
    same = f", and {counted(len(shared), 'row', 'rows')} the same unguided super-nets" if shared else ""
    chance = (
        f"With {seeds(n['seeds'])}, whether a row is decided depends on how alike its seeds are as much as on how "
        "large its difference is: an undecided row need not be a weaker one."
    )
    return [
        f"Intervals are not corrected for there being {rows} rows: were nothing to be found, about one difference in "
        f"{round(1 / (1 - summary.header['confidence']))} would be decided. Nor are rows independent: they share "
        f"landmarks, pool and initial weights{same}.",
        *([chance] if n["seeds"] > 1 else []),
    ]


def _note_on_earlier_revisions(summary: Summary) -> list[str]:
    earlier = [summary.labels[arm] for arm in summary.header["earlier_revisions"]]
    if not earlier:
        return []
    return [
        f"{', '.join(earlier)}: trained before the strategy was last changed, see CHANGELOG.md; nasrank run would "
        "train them anew. What is ranked by angle was then ranked by the angle of the kernels alone."
    ]


def alike_in_words(labels: Sequence[str]) -> str:
    """That rows of these labels are one."""
    *others, last = labels
    return (
        f"{', '.join(others)} and {last} are the same training under {len(labels)} names: here they draw the same "
        "paths from the same stream, so that their rows are one result and no confirmation of each other."
    )


def _note_on_other_data(summary: Summary) -> list[str]:
    """Where super-nets train on other images than the truth is of."""
    images, truth = summary.header["images"]["name"], summary.header["truth"]["dataset"]
    if images.split("-")[0] == truth:
        return []
    return [
        f"The super-nets see {images}, the truth is of {truth}: the change of data set keeps tau from 1 as well as the "
        f"sharing of weights, and the noise ceiling, which is of {truth} alone, is out of reach."
    ]


def _note_on_compute(summary: Summary) -> str:
    exceptions = ", but for those whose own are given above" if summary.header["own_passes"] else ""
    return (
        f"Every row spends the same forward-backward passes along a single path{exceptions}; what the landmark term "
        "adds to them is told with the landmarks below. A row that takes fewer steps, because it spends more passes a "
        "step or has fewer to spend, has a term that adds less and sees fewer pairs: gains of different strategies are "
        "not gains from equal guidance."
    )


def _own_ridges(summary: Summary) -> str:
    if not summary.own_baselines:
        return ""
    return (
        f" {len(summary.own_baselines)} of {len(summary.labels)} rows have landmarks or labels of their own: each is "
        "held against a ridge of its own, and the figures among the baselines are those of the first strategy's."
    )


def _other_predictors(summary: Summary) -> str:
    """Where to find what is registered beside the baselines."""
    others = summary.header["other_predictors"]
    if not others:
        return ""
    return (
        f" Other predictors fitted on labels ({', '.join(others)}) are compared with it where the landmarks of one "
        "strategy are studied, in README.md and labels.csv."
    )


def _fewer(summary: Summary) -> str:
    """Which metrics have fewer draws."""
    wanted, confidence = summary.header["n"]["draws"], summary.header["confidence"]
    draws = {name: draws_of(wanted, METRICS[name], confidence) for name in summary.metrics}
    fewer = {name: count for name, count in draws.items() if count < wanted}
    names = ", ".join(metric_head(name).removesuffix(" ↓") for name in fewer)
    return f"; {min(fewer.values())} for {names}" if fewer else ""


def _note_on_ceiling(summary: Summary) -> str:
    if not summary.ceilings:
        return "No second measurement of this truth is recorded: its noise ceiling is unknown."
    parts = [
        f"{one.second} ranks {one.architectures:,} architectures like {one.first} with tau-b "
        f"{one.metrics[MAIN_METRIC]:.3f}{_apart(one)}; they differ in {one.differs}"
        for one in summary.ceilings
    ]
    return f"Noise ceiling: {'. '.join(parts)}. {summary.ceilings[0].status.capitalize()}."


def _apart(ceiling: CeilingRow) -> str:
    difference = ceiling.mean_absolute_difference
    return "" if math.isnan(difference) else f" (mean absolute difference {difference:.2f} points)"
