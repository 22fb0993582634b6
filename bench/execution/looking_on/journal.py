"""What a run writes about itself while it goes on, for whoever wants to know how it stands: a small file in its folder.

It is there for as long as the run is unfinished. A run that ends well removes it: what is finished says so itself, and
nothing of the way there becomes part of a report. No run fails for want of its journal.
"""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nasrank.bench.execution.looking_on.remaining import Remaining
from nasrank.bench.execution.watch import NO_FIGURES, Figures, Passing, Watch
from nasrank.bench.foundation.json_files import is_of_kind, write_json
from nasrank.bench.foundation.terminal import message

JOURNAL = "run.json"
KIND, FORMAT = "nasrank run", 1

EVERY = 3.0
"""Seconds between two times that it is written, whether there is news or not: a sign of life."""


def folder_of(out: Path) -> Path:
    """Where the journal of a run lies whose output is a file: a folder beside it, named like it but for its suffix."""
    return out.with_suffix("") if out.suffix else out.with_name(f"{out.name}-run")


@contextmanager
def journal(
    folder: Path, watch: Watch, *, command: str, at_once: bool = False, every: float = EVERY
) -> Iterator[Journal]:
    """A watch for the length of a run, which keeps the journal and passes all on.

    Args:
        folder: of the report; it need not exist.
        command: that runs it.
        at_once: whether it is sure that no other run writes to the folder; else the journal begins with the work.
        every: seconds between two writes.
    """
    one = Journal(folder, watch, command=command, every=every)
    try:
        if at_once:
            one.open()
        yield one
    except KeyboardInterrupt:
        one.close("interrupted")
        raise
    except BaseException as error:
        kind = "" if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: "
        one.close("failed", f"{kind}{message(error)}")
        raise
    one.remove()


class Journal(Passing):
    """Looks on, and writes what it has seen every few seconds."""

    def __init__(
        self,
        folder: Path,
        watch: Watch,
        *,
        command: str,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(watch)
        self._path = folder / JOURNAL
        self._command, self._every, self._clock = command, every, clock
        self._lock = threading.RLock()  # whoever writes in between sees all of what happened, or nothing
        self._left = Remaining(clock)
        self._opened: float | None = None
        self._is_foreign = False
        self._thread = threading.Thread(target=self._beat, name="journal", daemon=True)
        self._ended = threading.Event()
        self._beating = False
        self._writes = 0
        self._state, self._reason, self._doing, self._what = "running", "", "", ""
        self._total: int | None = None
        self._finished: int | None = None
        self._running: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, str] = {}
        self._lost: dict[str, str] = {}
        self._trouble = ""
        self._told_trouble = False

    def open(self) -> None:
        """Begin it, in the place of one that an earlier run has left."""
        if self._opened is not None:
            return
        self._opened, self._began = self._clock(), _now()
        self._beating = True
        if os.path.lexists(self._path) and not is_journal(self._path):
            self._is_foreign, self._trouble = True, "it is somebody's file"
            return
        self._write()
        self._thread.start()

    def close(self, state: str, reason: str = "") -> None:
        """Write how the run has ended, unless it never began."""
        if self._opened is None:
            return
        self._stop()
        self._state, self._reason = state, reason
        self._write()
        self._tell_trouble()

    def remove(self) -> None:
        """The run has ended well."""
        if self._opened is not None:
            self._stop()
        with suppress(OSError):
            if is_journal(self._path):
                self._path.unlink()
                self._path.parent.rmdir()  # which it had to itself

    def note(self, text: str) -> None:
        self._doing = text
        if not self._beating:
            self._write()
        self._tell_trouble()
        super().note(text)

    def expect(self, seconds: Mapping[str, float], jobs: int) -> None:
        with self._lock:
            self._left.expect(seconds, jobs)
        super().expect(seconds, jobs)

    def begin(self, what: str, total: int, finished: int) -> None:
        with self._lock:
            self._left.begin(total, finished)
            self._doing, self._what, self._total, self._finished = "", what, total, finished
            for some in (self._running, self._failed, self._lost):
                some.clear()
        self.open()
        self._beating = True
        super().begin(what, total, finished)

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        with self._lock:
            self._left.progress(task, share)
            one = self._running.setdefault(task, {"since": self._clock(), "figures": {}})
            one["share"] = share
            one["figures"].update(
                (name, float(value)) for name, value in figures.items() if isinstance(value, int | float)
            )
        super().progress(task, share, figures)

    def failed(self, task: str, reason: str, *, lost: bool = False) -> None:
        with self._lock:
            (self._lost if lost else self._failed)[task] = reason
        super().failed(task, reason, lost=lost)

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        with self._lock:
            self._left.done(task, units)
            self._running.pop(task, None)
            if self._finished is not None and task not in self._lost:
                self._finished += units
        self._tell_trouble()
        super().done(task, text, units)

    def end(self) -> None:
        with self._lock:  # what comes now may put a new folder in the place of this one, and is not to be disturbed
            self._beating = False
            self._write()
        super().end()

    def _beat(self) -> None:
        while not self._ended.wait(self._every):
            with self._lock:
                if self._beating:
                    self._write()

    def _stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)  # a disk that hangs is no reason to stay
        self._beating = False

    def _write(self) -> None:
        if self._opened is None or self._is_foreign:
            return
        with self._lock:
            try:
                write_json(self._path, self._content())
                self._writes += 1
            except OSError as error:
                self._trouble = message(error)

    def _tell_trouble(self) -> None:
        """Once, and not by the thread that writes."""
        if self._trouble and not self._told_trouble:
            self._told_trouble = True
            self._watch.note(f"note: 'nasrank status' will not know of this run: {self._path}: {self._trouble}")

    def _content(self) -> dict[str, Any]:
        assert self._opened is not None
        now, left = self._clock(), self._left.seconds
        return {
            "kind": KIND,
            "format": FORMAT,
            "command": self._command,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "started": self._began,
            "seconds": round(now - self._opened, 1),
            "written": _now(),
            "writes": self._writes + 1,
            "every": self._every if self._beating else None,
            "state": self._state,
            "reason": self._reason,
            "doing": self._doing,
            "what": self._what,
            "total": self._total,
            "finished": self._finished,
            "left": None if left is None else round(left, 1),
            "running": [
                {
                    "task": task,
                    "share": round(one["share"], 4),
                    "seconds": round(now - one["since"], 1),
                    "figures": {
                        name: value if math.isfinite(value) else None for name, value in one["figures"].items()
                    },
                }
                for task, one in self._running.items()
            ],
            "failed": _named(self._failed),
            "lost": _named(self._lost),
        }


def is_journal(path: Path) -> bool:
    """Whether this file is the journal of some run."""
    try:
        return path.is_file() and not path.is_symlink() and is_of_kind(path.read_text(encoding="utf-8"), KIND)
    except (OSError, UnicodeDecodeError):
        return False


def _named(some: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"task": task, "reason": reason} for task, reason in some.items()]


def _now() -> str:
    """In UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
