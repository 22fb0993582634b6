"""The header of a report: what was measured, on what, with what and how often. Nothing in it depends on when or where
the report was written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nasrank.bench.analysis.label_uses import without_labels
from nasrank.bench.foundation.devices import CPU, kind_of
from nasrank.bench.oracles import REDUCTIONS, Split
from nasrank.bench.ranking.metrics import kendall_tau
from nasrank.bench.runner.arms import Arm, alike
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.pool import passed_over
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.stored import device_of
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.predictors.labelled.label_matched import regressions
from nasrank.spaces.data_kinds import DATA_KINDS


def header(results: Results, failures: int, known: Truth) -> dict[str, Any]:
    """Plain values, in the order in which tables print them."""
    design = results.design
    study, truth = design.study, design.truth
    over, one_result = passed_over(design, known), alike(design.rows)
    split = Split(truth["split"])
    seeds, samples = truth["seeds"], DATA_KINDS[design.space.inputs].samples
    return {
        "title": study.title,
        "space": {
            "name": study.space,
            "architectures": len(known.space),
            "known": len(known.known),
            "coverage": study.truth.coverage,
            **({"drawn_from": design.drawn_from} if design.drawn_from else {}),
        },
        "passed_over": {
            "architectures": len(over),
            "median_truth": float(np.median(known.of(over))) if over else None,
            "median_truth_of_pool": float(np.median(known.of(design.pool))),
        },
        "truth": {
            "oracle": truth["oracle"],
            "metric": study.truth.metric,
            "file": truth["source"],
            "sha256": truth["sha256"],
            "dataset": truth["dataset"],
            "split": truth["split"],
            "trained_on": split.trained_on.replace("images", samples),
            "measured_on": split.measured_on.replace("images", samples),
            "epochs": truth["epochs"],
            "seeds": seeds,
            "seeds_in_words": REDUCTIONS[seeds] if isinstance(seeds, str) else f"training seed {seeds}",
            "protocol": truth["protocol"],
            "citation": truth["citation"],
            "licence": truth["licence"],
        },
        **({"samples": samples} if samples != "images" else {}),
        "images": dict(design.images),
        **({"noise": study.images.noise} if study.images.noise else {}),
        "seeds": list(design.seeds),
        "score": study.analysis.score,
        "own_scores": {name: row.score for name, row in design.rows.items() if row.score != study.analysis.score},
        "random_classes": [name for name, row in design.rows.items() if row.strategy.random_labels],
        "alike": [list(group) for group in one_result],
        **_coinciding(results, one_result),
        "own_passes": _own_passes(design),
        "earlier_revisions": results.earlier_revisions,
        "n": {
            "pool": len(design.pool),
            "natural_pool": study.pool.size,
            "strategies": len(study.strategies),
            "variants": len(study.variants),
            "seeds": len(design.seeds),
            "trials": len(design.trials),
            "failed_trials": failures,
            "landmarks": study.landmarks.count,
            "training_passes": study.training.passes,
            "batch_size": study.training.batch_size,
            "weights_images": study.images.weights,
            "held_out_images": study.images.held_out,
            "scoring_images": study.images.scoring,
            "curve": _scored_in_training(results),
            "draws": study.analysis.draws,
        },
        "confidence": study.analysis.confidence,
        "supernet": study.supernet.model_dump(mode="json"),
        "terms": [_term_in_words(term.kind.label) for term in study.terms],
        "landmark_term": _guidance(study),
        "choosers": {
            name: _super_nets_before(design, name) for name, row in design.rows.items() if row.study.landmarks.after
        },
        "candidates": max(map(len, design.candidates.values()), default=0),
        "other_terms": _other_terms(study),
        "even_landmarks": [name for name, row in design.rows.items() if row.study.landmarks.choice == "even"],
        "noisy_labels": _noisy_labels(design, known),
        "versions": {name: value for name, value in design.environment.items() if name != "platform"},
        "hardware": {
            "platform": design.environment["platform"],
            "processors": _processors(results),
            **_devices(results),
            "unpaired": _unpaired(results),
        },
        "design": design.fingerprint,
        "other_predictors": _other_predictors(study),
        "command": "nasrank report FOLDER, with the folder that holds this report and its results",
    }


def _term_in_words(label: str) -> str:
    return "landmark guidance" if label == "landmark term" else label


def _super_nets_before(design: Design, row: str) -> int:
    """That are trained, one after the other, to choose a row's landmarks."""
    after = design.rows[row].study.landmarks.after
    return 1 + _super_nets_before(design, after) if after else 0


def _other_predictors(study: Study) -> list[str]:
    """What regressions on labels are called that the study does not compare in every table."""
    return [without_labels(one.label) for name, one in regressions().items() if name not in study.estimators.baselines]


def _guidance(study: Study) -> dict[str, Any]:
    """Every key of its landmarks and, where it has it, of their term."""
    own = next((term.settings.model_dump(mode="json") for term in study.terms if term.name == "landmark"), {})
    return {**study.landmarks.model_dump(mode="json"), **own}


def _other_terms(study: Study) -> dict[str, dict[str, Any]]:
    """Options of the terms beside that of the landmarks, by label."""
    return {term.kind.label: term.settings.model_dump(mode="json") for term in study.terms if term.name != "landmark"}


def _scored_in_training(results: Results) -> int:
    """How many of the pool."""
    return max((len(point["scores"]) for trial in results.trials.values() for point in trial["curve"]), default=0)


def _processors(results: Results) -> dict[str, int]:
    """How many super-nets were trained on each, most first."""
    return dict(Counter(result["processor"] for result in results.trials.values()).most_common())


def _devices(results: Results) -> dict[str, dict[str, int]]:
    """How many super-nets were trained on each device, most first, unless all were on the CPU."""
    counts = dict(Counter(map(device_of, results.trials.values())).most_common())
    return {} if counts.keys() == {CPU} else {"devices": counts}


def refuse_unpaired_devices(results: Results) -> None:
    """ValueError that names the first row whose two arms were trained on different kinds of devices in some seed.

    One seed trains another super-net on each kind, so that their difference is not a paired one.
    """
    for row in results.design.rows.values():
        for seed, *pair in zip(results.design.seeds_of(row.name), *map(results.of, row.arms), strict=False):
            before, after = map(device_of, pair)
            if kind_of(before) != kind_of(after):
                raise ValueError(
                    f"before and after of {row.label}, seed {seed}, cannot be compared: they were trained on {before} "
                    f"and on {after}"
                )


def _unpaired(results: Results) -> dict[str, list[Any]]:
    """Differences whose two sides were computed in different places in some seed: arms, and variants with bases.

    Those are processors, and other devices where there are any; there, the processor only says what to do.
    """

    def place(trial: Mapping[str, Any]) -> str:
        device = device_of(trial)
        return str(trial["processor"]) if device == CPU else device

    def differ(one: Arm, other: Arm) -> bool:
        pairs = zip(*(map(place, results.of(arm)) for arm in (one, other)), strict=False)  # the seeds of both
        return any(first != second for first, second in pairs)

    rows = results.design.rows
    return {
        "arms": [name for name, row in rows.items() if differ(*row.arms)],
        "changes": [
            [name, row.base]
            for name, row in rows.items()
            if any(differ(*pair) for pair in zip(row.arms, rows[row.base].arms, strict=True))
        ],
    }


def _coinciding(results: Results, one_result: Sequence[tuple[str, ...]]) -> dict[str, list[list[str]]]:
    """Groups of rows of different settings whose super-nets all score alike to the last digit, if there are any."""
    rows = results.design.rows
    by_scores: dict[str, list[str]] = {}
    for name, row in rows.items():
        scores = [trial["scores"] for arm in row.arms for trial in results.of(arm)]
        if any(scores):
            by_scores.setdefault(json.dumps(scores), []).append(name)
    found = [
        group
        for group in by_scores.values()
        if len({rows[name].after.name for name in group}) > 1 and not any(set(one) >= set(group) for one in one_result)
    ]
    return {"coinciding": found} if found else {}


def _noisy_labels(design: Design, truth: Truth) -> dict[str, list[float]]:
    """Tau of the landmarks' labels with their truth, of each seed, where the labels of an arm have noise."""
    return {
        name: [
            kendall_tau(design.labels_of(name, seed, truth), truth.of(design.landmarks_of(name, seed)))
            for seed in design.seeds_of(name)
        ]
        for name, row in design.rows.items()
        if row.study.landmarks.label_noise or row.study.landmarks.order == "random"
    }


def _own_passes(design: Design) -> dict[str, dict[str, int]]:
    """Training compute of the arms that are given another one than the study's."""
    compute = {
        name: {"training_passes": row.study.training.passes, "batch_size": row.study.training.batch_size}
        for name, row in design.rows.items()
    }
    usual = {"training_passes": design.study.training.passes, "batch_size": design.study.training.batch_size}
    return {name: own for name, own in compute.items() if own != usual}
