"""How the tasks of a queue stand, as `nasrank status` says it: two looks at most, some seconds apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nasrank.bench.execution.looking_on.run_status import Running, RunStatus, State, Unsuccessful
from nasrank.bench.execution.shared_folder.beating import period
from nasrank.bench.execution.shared_folder.standing import QueueStanding, TaskStanding, standing_of

_LOOKS = 8
"""In the time in which whoever lives has given two signs of life."""


def queue_status(home: Path, sleep: Callable[[float], None] = time.sleep) -> RunStatus | None:
    """Of the queue in the folder of a report; None where there is none, or where all is done.

    What `finished` counts are results that the driver has not taken yet. Only tasks whose workers give a sign of life
    while this looks are running; clocks of different machines are not compared.

    Raises:
        ValueError: the plan is damaged.
    """
    first = standing_of(home)
    if not first.planned:
        return None
    latest, alive = first, set[str]()
    running = {one.name for one in first.tasks if one.state == "running"}
    for _ in range(_LOOKS):
        if running <= alive if running else _somebody(first, latest):
            break
        sleep(2 * period(first.lease) / _LOOKS)
        latest = standing_of(home)
        alive |= _alive(first, latest)
    heard = bool(alive) or _somebody(first, latest)
    tasks = latest.tasks
    return RunStatus(
        state=State.RUNNING if heard else State.SILENT,
        reason="" if heard else "neither a driver nor a worker gives a sign of life",
        what="tasks",
        total=len(tasks),
        finished=sum(one.state == "done" for one in tasks),
        running=tuple(
            Running(
                task=one.name,
                share=one.share,
                by=one.worker if one.name in alive else f"{one.worker}, which gives no sign of life",
                since=one.since,
                figures={name: value for name, value in one.figures.items() if isinstance(value, int | float)},
            )
            for one in tasks
            if one.state == "running"
        ),
        failed=tuple(_because(one) for one in tasks if one.state == "failed"),
        lost=tuple(_because(one) for one in tasks if one.state == "lost"),
    )


def _because(one: TaskStanding) -> Unsuccessful:
    return Unsuccessful(one.name, one.reason)


def _alive(first: QueueStanding, latest: QueueStanding) -> set[str]:
    """Names of the tasks of whose workers something was heard since the first look, or which are over."""
    then = {one.name: one for one in first.tasks}
    now = {one.name: one for one in latest.tasks}
    return {
        name
        for name, one in then.items()
        if name not in now
        or (now[name].beat, now[name].attempts, now[name].state) != (one.beat, one.attempts, one.state)
    } | {name for name, one in now.items() if one.state == "running" and name in then and then[name].state == "waiting"}


def _somebody(first: QueueStanding, latest: QueueStanding) -> bool:
    """Whether the driver or a worker was heard since the first look."""
    then = {one.worker: one.beat for one in first.workers}
    return latest.driver_beat != first.driver_beat or any(one.beat != then.get(one.worker) for one in latest.workers)
