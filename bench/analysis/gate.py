"""The ranking gate: is a study's ranking still what it was, and does guidance still help?

A reference holds the super-net scores of an earlier run of the same study. Scores of a later run are compared with it
on the architectures that both pools hold, by intervals and not by equality, so that other seeds, machines or versions
pass as long as rankings are as good. Two things fail:

- a *collapse*: a strategy's Kendall's tau, without or with landmarks, is worse than the reference's, by more than
  chance explains;
- *guidance*: in the reference, guidance improves a strategy's tau beyond chance, and now that is not shown any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.json_files import read_json
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import compare_runs, get_metric, paired_bootstrap
from nasrank.bench.runner.arms import Arm, Row
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.stored import check_score_lists, check_scores
from nasrank.bench.runner.truth import Truth

METRIC = "tau"
CONFIDENCE = 0.9
"""Of the intervals: a healthy rerun raises one alarm in twenty looks, before the margin."""
MARGIN = 0.05
"""The least loss of tau that matters; a smaller one passes even when it is certain."""
DRAWS = 1000

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Check:
    """One thing the gate looked at; `text` says what was found, with its numbers."""

    strategy: str
    kind: Literal["collapse", "guidance"]
    passed: bool
    text: str


def reference_of(results: Results) -> dict[str, Any]:
    """What a reference file holds: the design, and the scores that the study ranks by."""
    design = results.design
    return {
        "design": design.to_json(),
        "scores": {
            trial.name: results.trials[trial.name]["scores"].get(design.arms[trial.arm].score)
            for trial in design.trials
        },
    }


def load_reference(path: Path) -> Results:
    """The reference in a file; ValueError, which names file and key, when it holds something else."""
    content = read_json(path)
    try:
        return read_reference(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_reference(content: Any) -> Results:
    """The inverse of `reference_of`; ValueError, which names a key, when it is something else."""
    if not isinstance(content, dict) or not {"design", "scores"} <= content.keys():
        raise ValueError("not a reference of the ranking gate: it has no design and scores")
    design = Design.from_json(content["design"])
    try:
        stored = check_score_lists(content["scores"])
        for trial in design.trials:
            if trial.name not in stored:
                raise ValueError(f"{trial.name}: this key is missing")
            check_scores(trial.name, design.arms[trial.arm].score, stored[trial.name], len(design.pool))
    except ValueError as error:
        raise ValueError(f"not a reference of the ranking gate: scores.{error}") from error
    scores = {trial.name: {design.arms[trial.arm].score: stored[trial.name]} for trial in design.trials}
    return Results(design, {name: {"failure": None, "scores": row} for name, row in scores.items()})


def refuse_to_replace(path: Path, current: Results) -> None:
    """ValueError unless a file is a reference of the study that is to take its place."""
    try:
        _same_study(current.design, read_reference(read_json(path)).design)
    except ValueError as reason:
        raise ValueError(f"{path} is not replaced: {reason}. Name another file, or move this one away") from reason


def compare(current: Results, reference: Results, truth: Truth) -> list[Check]:
    """Look at every strategy of the reference.

    Raises:
        ValueError: the two are runs of different studies.
    """
    _same_study(current.design, reference.design)
    others = set(reference.design.pool)
    shared = [architecture for architecture in current.design.pool if architecture in others]
    checks = []
    for strategy, row in reference.design.rows.items():
        failures = [
            trial["failure"]
            for arm in current.design.rows[strategy].arms
            for trial in current.of(arm)
            if trial["failure"]
        ]
        if failures:
            checks.append(Check(strategy, "collapse", False, f"a trial failed: {failures[0]}"))
            continue
        checks += _compare_rows(current.design.rows[strategy], row, current, reference, shared, truth.of(shared))
    return checks


def _compare_rows(
    row: Row, earlier: Row, current: Results, reference: Results, shared: list[Any], truth: Scores
) -> list[Check]:
    strategy = row.name
    now = _sides(current, row, shared)
    then = _sides(reference, earlier, shared)
    metric, stream = get_metric(METRIC), generator(current.design.study.common_seed, Purpose.BOOTSTRAP)
    settings: dict[str, Any] = {"draws": DRAWS, "confidence": CONFIDENCE, "generator": stream}
    checks = []
    for words, earlier_scores, scores in zip(("without", "with"), then, now, strict=True):
        run = compare_runs(earlier_scores, scores, truth, metric, **settings)
        change = run.difference
        passed = not (change.high < 0 and change.estimate < -MARGIN) and np.isfinite(run.current.estimate)
        text = (
            f"tau {words} landmarks"
            f" {run.reference.estimate:.3f} -> {run.current.estimate:.3f}"
            f" (change {change.estimate:+.3f}, interval {change.low:+.3f} to {change.high:+.3f})"
        )
        checks.append(Check(strategy, "collapse", bool(passed), text))
    before = paired_bootstrap(*then, truth, metric, **settings).delta
    after = paired_bootstrap(*now, truth, metric, **settings).delta
    shown = before.low > 0
    passed = after.low > 0 if shown else not after.high < -MARGIN
    text = (
        f"gain by landmarks {before.estimate:+.3f} -> {after.estimate:+.3f}"
        f" (interval {after.low:+.3f} to {after.high:+.3f}"
        f"{'' if shown else '; the reference shows none, so only a loss would fail'})"
    )
    return [*checks, Check(strategy, "guidance", bool(passed), text)]


def _sides(results: Results, row: Row, architectures: list[Any]) -> tuple[Scores, Scores]:
    """Of both arms of a row, with its seeds."""
    before, after = (_scores(results, arm, architectures)[: len(results.design.seeds_of(row.name))] for arm in row.arms)
    return before, after


def _scores(results: Results, arm: Arm, architectures: list[Any]) -> Scores:
    """`(seeds, architectures)`."""
    place = {architecture: column for column, architecture in enumerate(results.design.pool)}
    columns = [place[architecture] for architecture in architectures]
    return np.array([trial["scores"][arm.score] for trial in results.of(arm)])[:, columns]


def _same_study(current: Design, reference: Design) -> None:
    now, then = (design.study.model_dump(exclude={"seeds", "title"}) for design in (current, reference))
    different = sorted(key for key in now | then if now.get(key) != then.get(key))  # variants are left out without any
    if current.truth["sha256"] != reference.truth["sha256"]:
        different.append("truth (checksum)")
    if different:
        raise ValueError(f"the reference is of another study; these differ: {', '.join(different)}")
