"""The command `nasrank status`: how a run stands, from anywhere and at any time. It only reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.commands.in_words import elapsed_in_words, figures_in_words, left_in_words
from nasrank.bench.execution.looking_on.journal import folder_of
from nasrank.bench.execution.looking_on.reading import read_journal
from nasrank.bench.execution.looking_on.run_status import Running, RunStatus, State, Unsuccessful
from nasrank.bench.execution.shared_folder.status import queue_status
from nasrank.bench.foundation.terminal import Terminal
from nasrank.bench.runner.finished import finished_run

_NAMED = 20
"""Failed tasks, and lost ones, that are named; --json names all."""

_GO_ON = "what was finished is kept; the same command goes on"

console = Terminal()


def status(
    place: Annotated[Path, typer.Argument(help="Where a run's report goes, or the file that it writes.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
) -> None:
    """Say how a run stands: what is done, what is running and at what step, what failed and why, how long it will take.

    It may be asked at any time and from any machine that has the folder, and it disturbs nobody. Of a run on another
    machine it waits some seconds for a sign of life, as clocks of machines may differ.
    """
    found = status_of(place)
    if found is None:
        raise ValueError(f"{place} holds no run: neither one that goes on nor a report")
    if as_json:
        console.print(json.dumps(found.to_json(), indent=1), soft_wrap=True, highlight=False)
        return
    for line in _lines(place, found):
        console.print(line, soft_wrap=True, highlight=False)


def status_of(place: Path) -> RunStatus | None:
    """How the run stands whose output is this folder or file; None where there is no run.

    Raises:
        ValueError: what it wrote is damaged.
    """
    for folder in dict.fromkeys((place, folder_of(place))):
        going_on, workers = read_journal(folder), queue_status(folder)
        if workers is None and going_on is None:
            continue
        if workers is None or going_on is None:
            return going_on or workers
        done = (going_on.finished or 0) + (workers.finished or 0)  # those that the driver has taken, and the others
        return going_on.with_workers(replace(workers, total=going_on.total, finished=done))
    return finished_run(place)


def _lines(place: Path, found: RunStatus) -> Iterator[str]:
    yield f"{place}: {found.state}{f': {found.reason}' if found.reason else ''}"
    if found.command:
        since = "" if found.seconds is None else f", for {elapsed_in_words(found.seconds)}"
        yield f"  {found.command}"
        yield f"  process {found.by}, since {found.started}{since}"
    if found.total is not None:
        left = left_in_words(found.left) if found.state == State.RUNNING else ""
        counts = "".join(f", {len(some)} {name}" for name, some in _bad(found) if some)
        yield f"  {found.what}: {found.finished:,} of {found.total:,} done{counts}{f', {left}' if left else ''}"
    if found.doing:
        yield f"  {found.doing}"
    if found.running:
        yield "  running:" if found.state == State.RUNNING else "  was running:"
        yield from (f"    {_in_words(one)}" for one in found.running)
    for name, some in _bad(found):
        yield from _named(name, some)
    if found.state in (State.KILLED, State.INTERRUPTED, State.FAILED):
        yield f"  {_GO_ON}"


def _bad(found: RunStatus) -> Sequence[tuple[str, Sequence[Unsuccessful]]]:
    return (("failed", found.failed), ("lost", found.lost))


def _named(name: str, some: Sequence[Unsuccessful]) -> Iterator[str]:
    if some:
        yield f"  {name}:"
    yield from (f"    {one.task}: {one.reason}" for one in some[:_NAMED])
    if len(some) > _NAMED:
        yield f"    and {len(some) - _NAMED:,} more"


def _in_words(one: Running) -> str:
    """Whatever is known of it, in one line."""
    words = [
        "" if one.share is None else f"{one.share:.0%}",
        "" if one.seconds is None else f"for {elapsed_in_words(one.seconds)}",
        figures_in_words(one.figures),
        f"by {one.by}" if one.by else "",
        f"since {one.since}" if one.since else "",
    ]
    return f"{one.task}: {', '.join(filter(None, words)) or 'begun'}"
