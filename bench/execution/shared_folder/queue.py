"""The folder that a driver and its workers share: what is to be done, and what became of it.

    plan.json                 of the driver, see `plan`
    tasks/PLACE-FIRST-ID.json a call; FIRST is the number of its first attempt that counts
    shared/SHA.json           an argument that many calls have
    leases/                   attempts at tasks, and at being the driver, see `leases`
    results/ID/               what a task gave, or what it raised: the first complete one, and no other
    workers/NAME.json         who is there, and what he does
    checkpoints/              what tasks would go on from
    stop                      workers that were here when it was written leave

An ID is the name of a task with a checksum of its call, the versions and the plugins: whatever differs in one of them
is another task, and never takes this one's result.
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasrank.bench.execution.calls import Function, name_of_task, task_named, text_of
from nasrank.bench.execution.plain import Plain
from nasrank.bench.execution.shared_folder import files
from nasrank.bench.execution.shared_folder.leases import Attempt, Leases
from nasrank.bench.execution.shared_folder.plan import Plan
from nasrank.bench.execution.shared_folder.sharing import Shared

FOLDER = "queue"

MOST_ATTEMPTS = 5
"""After so many that ended without a word, a task is given up: it may be what kills its workers."""

_TASK = re.compile(r"(?P<place>[0-9]{6,})-(?P<first>[1-9][0-9]{0,8})-(?P<id>.+-[0-9a-f]{16})\.json")
_SLUG = 80

_REMOVALS, _LATENCY = 10, 0.1
"""How often what is to be gone is removed, as others may still write, and seconds in between."""


@dataclass(frozen=True)
class Waiting:
    """A task as the name of its file tells it.

    Attributes:
        place: in the order in which tasks are begun.
        first: number of the first attempt that counts; earlier ones are of an earlier run, which gave the task up.
        id: of the task.
    """

    place: int
    first: int
    id: str

    @property
    def file(self) -> str:
        return f"{self.place:06}-{self.first}-{self.id}.json"

    def next_attempt(self, attempts: Sequence[Attempt], is_dead: Callable[[str], bool]) -> int | None:
        """The number under which it may be claimed now; None while somebody works on it, or when it is given up."""
        if not attempts:
            return self.first
        if not (attempts[-1].ended or is_dead(attempts[-1].key)) or self.is_hopeless(attempts):
            return None
        return max(attempts[-1].number + 1, self.first)

    def is_hopeless(self, attempts: Sequence[Attempt]) -> bool:
        """Whether no further attempt is made once the last of these is over."""
        return sum(one.number >= self.first and one.ended != "released" for one in attempts) >= MOST_ATTEMPTS


class Queue:
    """See the module.

    Attributes:
        folder: the queue's own, in the folder that is shared.
        home: that one.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / FOLDER
        self.plain = Plain(home)  # what lies beside the queue is shared, too, such as kept super-nets
        self.leases = Leases(self.folder / "leases")
        self.shared = Shared(self.folder / "shared", self.plain)
        self.tasks_folder = self.folder / "tasks"
        self.results_folder = self.folder / "results"
        self.workers_folder = self.folder / "workers"
        self.checkpoints = self.folder / "checkpoints"
        self.plan_file = self.folder / "plan.json"
        self._stop = self.folder / "stop"

    def make(self) -> None:
        """All folders that there are to be."""
        folders = (self.tasks_folder, self.results_folder, self.workers_folder, self.checkpoints)
        for folder in (*folders, self.leases.folder, self.shared.folder):
            folder.mkdir(parents=True, exist_ok=True)

    def plan(self) -> Plan | None:
        """What the driver says; None where none was here."""
        return Plan.read(self.plan_file)

    # --- tasks ---

    def id_of(self, name: str, call: Mapping[str, Any], plan: Plan) -> str:
        """Of a task, which is also what files of it are called."""
        content = [name, call, dict(plan.environment), dict(plan.plugins)]
        digest = hashlib.sha256(text_of(content).encode()).hexdigest()[:16]
        return f"{re.sub(r'[^A-Za-z0-9._+-]', '_', name)[:_SLUG]}-{digest}"

    def tasks(self) -> list[Waiting]:
        """All that are to be done, in their order."""
        found = (_TASK.fullmatch(name) for name in files.names_in(self.tasks_folder))
        every = (Waiting(int(one["place"]), int(one["first"]), one["id"]) for one in found if one)
        return sorted(every, key=lambda task: task.place)

    def call(self, function: Function, arguments: Sequence[Any]) -> dict[str, Any]:
        """A call as JSON values; ValueError where the function is no task, or an argument cannot be sent."""
        return {"function": name_of_task(function), "arguments": [self.shared.encode(one) for one in arguments]}

    def put_task(self, task: Waiting, name: str, call: Mapping[str, Any]) -> None:
        """Offer a task to whoever is there."""
        files.replace(self.tasks_folder / task.file, {"task": name, "call": call})

    def call_of(self, task: Waiting) -> tuple[str, Function, list[Any]] | None:
        """The name of a task, the function and its arguments; None when it is not to be done any more.

        Raises:
            ValueError: its file is damaged, or names what is no task.
        """
        path = self.tasks_folder / task.file
        content = files.read(path)
        if content is None:
            return None
        try:
            call = content["call"]
            function = task_named(call["function"])
            return str(content["task"]), function, [self.shared.decode(one) for one in call["arguments"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is refused: {error}") from error

    def is_wanted(self, task: Waiting) -> bool:
        """Whether a task is still to be done."""
        return (self.tasks_folder / task.file).exists() and not self.has_result(task.id)

    # --- results ---

    def results(self) -> set[str]:
        """IDs of the tasks that have one."""
        return set(files.names_in(self.results_folder))

    def has_result(self, task: str) -> bool:
        return (self.results_folder / task / files.CONTENT).exists()

    def put_result(self, task: str, content: Mapping[str, Any]) -> bool:
        """Keep a result if it is the first one; whether it was."""
        return files.put_in_place(self.results_folder / task, dict(content))

    def result(self, task: str) -> dict[str, Any] | None:
        """What was kept; None where there is nothing. ValueError when it is damaged."""
        return files.read(self.results_folder / task / files.CONTENT)

    def path_of_result(self, task: str) -> Path:
        return self.results_folder / task / files.CONTENT

    def forget(self, task: Waiting, attempts: Sequence[Attempt]) -> None:
        """Remove what there is of a task, the task itself first, so that nobody claims it."""
        files.remove(self.tasks_folder / task.file)
        self.leases.forget(attempts)
        files.remove(self.results_folder / task.id)

    # --- workers ---

    def stop(self) -> None:
        """Ask the workers that are here to leave; those who come later do not heed it."""
        files.replace(self._stop, {"token": uuid.uuid4().hex})

    def asked_to_stop(self) -> str:
        """Which request to leave was the last one; empty where there was none."""
        return str((files.glance(self._stop) or {}).get("token", ""))

    def workers(self) -> dict[str, dict[str, Any]]:
        """What each says of himself, by name; of one whose file cannot be read, nothing."""
        names = (name for name in files.names_in(self.workers_folder) if name.endswith(".json"))
        return {name[: -len(".json")]: files.glance(self.workers_folder / name) or {} for name in names}

    def say(self, worker: str, content: Mapping[str, Any]) -> None:
        """What a worker says of himself."""
        files.replace(self.workers_folder / f"{worker}.json", dict(content))

    def leave(self, worker: str) -> None:
        """A worker is not there any more."""
        files.remove(self.workers_folder / f"{worker}.json")

    def remove(self, *, all_done: bool) -> None:
        """Remove what is left when nothing is to be done: the queue itself, if it then is empty.

        Args:
            all_done: whether no task is left undone; else results that nobody has taken stay, and checkpoints.
        """
        kept = [] if all_done else [folder for folder in (self.results_folder, self.checkpoints) if _holds(folder)]
        for _ in range(_REMOVALS):
            for path in (self.tasks_folder, *self.folder.glob("*")):  # tasks first, so that nobody claims one
                if path not in kept and not (kept and path == self.plan_file):
                    files.remove(path)
            if kept:
                return
            with suppress(OSError):  # a worker that leaves may have written a last word
                self.folder.rmdir()
                self.home.rmdir()  # where no report is to come
            if not self.folder.exists():
                return
            time.sleep(_LATENCY)


def _holds(folder: Path) -> bool:
    """Whether anything is in a folder."""
    return any(folder.glob("*"))
