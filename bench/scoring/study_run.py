"""Scores of all parts of a study and of its changes, as sheets in a folder; measured before is not measured again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from nasrank.bench.execution import Executor, Watch
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.scoring.cells import chosen
from nasrank.bench.scoring.classes import units_of
from nasrank.bench.scoring.execute import measure_pending, pending, probe_seconds
from nasrank.bench.scoring.measure import ALL, proxies_named, revisions
from nasrank.bench.scoring.setup import SetUp
from nasrank.bench.scoring.sheet import ScoreSheet, read_scores, write_sheet
from nasrank.bench.scoring.store import Measurements
from nasrank.bench.studies.proxy_study import KIND, Part, ProxyStudy

STUDY_FILE = "study.json"

Say = Callable[[str], AbstractContextManager[object]]
"""Shows what takes a moment, for the length of a block."""


@dataclass(frozen=True)
class Sheets:
    """The sheets of a study that was run.

    Attributes:
        parts: by the name of the part.
        changes: in the order of the study's.
    """

    study: ProxyStudy
    parts: dict[str, ScoreSheet]
    changes: tuple[ScoreSheet, ...]


def file_of_change(place: int) -> str:
    """Name of the sheet of a change, by its place from 0."""
    return f"change-{place + 1}.parquet"


def run_study(
    study: ProxyStudy,
    results: Path,
    work: Path,
    executor: Executor,
    *,
    watch: Watch | None = None,
    say: Say = lambda text: nullcontext(),
) -> None:
    """Measure what is missing of every part and change, and write their sheets and the study itself to `results`.

    Args:
        work: where finished measurements are kept, as those of `nasrank score` are.
        executor: not entered yet; it is for each part in turn.

    Raises:
        ValueError: a part asks for what there is not.
    """
    write_json(results / STUDY_FILE, {"kind": KIND, "study": json.loads(study.model_dump_json())})
    for name, part in _every(study):
        _run_part(part, results / name, work, executor, watch or Watch(), say)


def _every(study: ProxyStudy) -> Iterator[tuple[str, Part]]:
    """Every part and every change as a part, by the name of its file."""
    for part in study.parts:
        yield f"{part.name}.parquet", part
    for place, change in enumerate(study.changes):
        yield file_of_change(place), change.applied(study.part(change.part))


def _run_part(part: Part, out: Path, work: Path, executor: Executor, watch: Watch, say: Say) -> None:
    setup = SetUp.of(
        space=part.space,
        data=part.data,
        network=dict(part.network),
        batch=part.batch,
        dead_branches=part.dead_branches,
    )
    kinds = proxies_named(part.proxies or ALL)
    with say("choosing architectures"):
        architectures = chosen(part.space, part.cells, part.draw_seed)
        units = units_of(part.space, architectures, dead_branches=part.dead_branches)
    store = Measurements(work / f"scores-{part.space}-{part.data}-{setup.fingerprint}", setup)
    todo = pending(store, units, part.seeds, revisions(kinds))
    watch.note(f"{out.name}: {len(architectures):,} architectures, {part.seeds} seed(s), {setup.words}")
    if todo:
        with say("measuring a few"):
            done, seconds = probe_seconds(setup, todo, store)
        todo = todo[done:]
    if todo:
        measure_pending(setup, todo, store, executor, seconds_each=seconds, watch=watch)
    settings = {"cells": part.cells, "draw_seed": part.draw_seed}
    write_sheet(out, setup, architectures, units, part.seeds, kinds, store, settings)


def is_results(folder: Path) -> bool:
    """Whether a folder holds results of a study of proxies."""
    try:
        return bool(read_json(folder / STUDY_FILE)["kind"] == KIND)
    except (ValueError, KeyError, TypeError, OSError):
        return False


def read_results(folder: Path) -> Sheets:
    """What `run_study` wrote.

    Raises:
        DataError: a sheet is missing or damaged.
    """
    try:
        study = ProxyStudy.model_validate_json(json.dumps(read_json(folder / STUDY_FILE)["study"]), strict=True)
    except (KeyError, TypeError, ValueError) as reason:
        raise DataError(f"{folder / STUDY_FILE} is no study of proxies: {f'{reason}'[:200]}") from reason
    return Sheets(
        study,
        {part.name: read_scores(folder / f"{part.name}.parquet") for part in study.parts},
        tuple(read_scores(folder / file_of_change(place)) for place in range(len(study.changes))),
    )
