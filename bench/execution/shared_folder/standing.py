"""How a queue stands, for whoever asks: safe at any time, from any machine, and it changes nothing.

    standing = standing_of(Path("runs/nb201"))
    standing.tasks[0].state, standing.tasks[0].worker, standing.tasks[0].share

Files come and go while they are read. What is found is of one moment or the next, never half of a file. Whether a
worker is alive, no single look can say: `beat` rises from one look to the next while it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nasrank.bench.execution.shared_folder import files, outcomes
from nasrank.bench.execution.shared_folder.leases import Attempt
from nasrank.bench.execution.shared_folder.plan import CLOSED
from nasrank.bench.execution.shared_folder.queue import Queue, Waiting
from nasrank.bench.execution.shared_folder.who import in_words
from nasrank.bench.execution.shared_folder.worker import DRIVER

State = Literal["waiting", "running", "done", "failed", "lost"]


@dataclass(frozen=True)
class TaskStanding:
    """Of a task that is planned, as long as the driver has not taken its result.

    Attributes:
        name: as the driver calls it.
        state: "waiting", "running", "done", "failed" where it raised something, or "lost" where no worker lived
            through it.
        worker: host and process of the latest attempt, such as "node7:4711"; empty where there is none.
        since: when that attempt began, by the clock of its machine, as text.
        share: that is done, in [0, 1].
        figures: what it told of itself last, by name.
        attempts: how many there were.
        beat: of the latest attempt, its signs of life so far.
        reason: why it failed or was lost.
    """

    name: str
    state: State
    worker: str = ""
    since: str = ""
    share: float = 0.0
    figures: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    beat: int = 0
    reason: str = ""


@dataclass(frozen=True)
class WorkerStanding:
    """Of a worker that has not left in good order.

    Attributes:
        worker: host and process.
        since: when it began, by the clock of its machine.
        task: name of what it does; empty while it waits.
        done: how many tasks it has done.
        beat: its signs of life so far.
    """

    worker: str
    since: str
    task: str
    done: int
    beat: int


@dataclass(frozen=True)
class QueueStanding:
    """Of a folder.

    Attributes:
        planned: whether a driver has planned something that is not over.
        driver: host and process of the latest driver; empty where none was there, or where it went in good order.
        driver_beat: its signs of life so far.
        lease: seconds of silence after which something is taken for dead.
        tasks: in the order in which they are begun.
        workers: by name.
    """

    planned: bool = False
    driver: str = ""
    driver_beat: int = 0
    lease: float = 0.0
    tasks: tuple[TaskStanding, ...] = ()
    workers: tuple[WorkerStanding, ...] = ()


def standing_of(home: Path) -> QueueStanding:
    """Of the queue in the folder of a report; of none where there is no queue.

    Raises:
        ValueError: the plan is damaged.
    """
    queue = Queue(home)
    plan = queue.plan()
    if plan is None:
        return QueueStanding()
    attempts = queue.leases.attempts()
    tasks = {task.id: _task(queue, task, attempts.get(task.id, ())) for task in queue.tasks()}
    workers = (
        WorkerStanding(
            worker=in_words(one),
            since=str(one.get("since", "")),
            task=_name(tasks, one.get("doing")),
            done=_whole(one.get("done")),
            beat=_whole(one.get("count")),
        )
        for _, one in sorted(queue.workers().items())
    )
    drivers = [one for one in attempts.get(DRIVER, ()) if not one.ended]
    return QueueStanding(
        planned=plan.state != CLOSED,
        driver=in_words(queue.leases.holder(drivers[-1])) if drivers else "",
        driver_beat=_whole(queue.leases.last_beat(drivers[-1]).get("count")) if drivers else 0,
        lease=plan.lease,
        tasks=tuple(tasks.values()),
        workers=tuple(workers),
    )


def _task(queue: Queue, task: Waiting, attempts: Sequence[Attempt]) -> TaskStanding:
    name = str((files.glance(queue.tasks_folder / task.file) or {}).get("task", task.id))
    counted = [one for one in attempts if one.number >= task.first]
    result = files.glance(queue.path_of_result(task.id))
    last = counted[-1] if counted else None
    told = (result if result is not None else queue.leases.last_beat(last) if last else {}) or {}
    holder = queue.leases.holder(last) if last else {}
    state, reason = _state(result, last)
    return TaskStanding(
        name=name,
        state=state,
        worker=in_words(holder) if last else "",
        since=str(holder.get("since", "")),
        share=_share(told.get("share")),
        figures=_figures(told.get("figures")),
        attempts=len(counted),
        beat=_whole(told.get("count")),
        reason=reason,
    )


def _state(result: Mapping[str, Any] | None, last: Attempt | None) -> tuple[State, str]:
    if result is None:
        return ("running" if last and not last.ended else "waiting"), ""
    if outcomes.is_loss(result):
        return "lost", str(result["lost"])
    if "raised" in result:
        raised = result["raised"]
        return "failed", str(raised.get("text", "")) if isinstance(raised, dict) else ""
    return "done", ""


def _figures(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        return {}
    return {name: one[1] for name, one in content.items() if isinstance(one, list) and len(one) == 2}


def _name(tasks: Mapping[str, TaskStanding], doing: Any) -> str:
    """Of a task, by the key of an attempt at it."""
    task = str(doing or "").rpartition(".")[0]
    return tasks[task].name if task in tasks else task


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _share(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
