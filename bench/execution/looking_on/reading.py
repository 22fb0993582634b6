"""What the journal of a run says, and whether the run that wrote it is still there.

Clocks of machines may differ, so none is compared with another machine's: a process of this host is looked for, and of
one elsewhere it is watched whether it goes on writing.
"""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nasrank.bench.execution.looking_on.journal import FORMAT, JOURNAL, is_journal
from nasrank.bench.execution.looking_on.run_status import Running, RunStatus, State, Unsuccessful
from nasrank.bench.foundation.json_files import read_json

_LATE = 4
"""After so many times the interval between two writes, a run should have written."""

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "host": str,
    "process": int,
    "started": str,
    "written": str,
    "writes": int,
    "every": (int, float, type(None)),
}
"""Of what tells whether a run is still there."""

_LOOKED_EVERY = 0.25
"""Seconds between two looks at whether it has."""


def read_journal(folder: Path, sleep: Callable[[float], None] = time.sleep) -> RunStatus | None:
    """How the run stands that keeps a journal in this folder; None where there is none.

    Where the journal alone does not tell whether its run goes on, this looks at it for some seconds.

    Raises:
        ValueError: the journal is damaged, or of another version.
    """
    path = folder / JOURNAL
    if not is_journal(path):
        return None
    content = _read(path)
    status = _status(content, path)
    if status.state != State.RUNNING:
        return status
    here = content["host"] == socket.gethostname() and os.name == "posix"
    if here and not _is_there(content["process"]):
        return replace(status, state=State.KILLED, reason=f"its process is gone; {_last(content)}")
    every = content["every"]
    if every is None:
        # Between two pieces of work nothing is written, for the folder may be replaced.
        silent = "" if here else f"whether its process is still there cannot be told from here; {_last(content)}"
    elif here and _age(content) < _LATE * every:
        silent = ""
    else:
        fresh = _next(path, content, _LATE * every, sleep)
        if fresh is None:
            return None  # it ended well meanwhile
        if fresh is not content:
            return _status(fresh, path)
        silent = f"it has not written for {_LATE * every:.0f} s while it was watched; {_last(content)}"
    return replace(status, state=State.SILENT, reason=silent) if silent else status


def _next(
    path: Path, content: Mapping[str, Any], seconds: float, sleep: Callable[[float], None]
) -> Mapping[str, Any] | None:
    """What is written next, or the same where nothing is for so long; None where the journal is removed."""
    for _ in range(math.ceil(seconds / _LOOKED_EVERY)):
        sleep(_LOOKED_EVERY)
        if not path.exists():
            return None
        fresh = _read(path)
        if (fresh["started"], fresh["writes"]) != (content["started"], content["writes"]):
            return fresh
    return content


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = read_json(path)
    if content.get("format") != FORMAT:
        raise ValueError(f"{path} was written by another version of nasrank")
    wrong = [name for name, kind in _TYPES.items() if not isinstance(content.get(name), kind)]
    if wrong:
        raise ValueError(f"{path} is damaged: {wrong[0]}")
    return content


def _status(content: Mapping[str, Any], path: Path) -> RunStatus:
    try:
        return RunStatus(
            state=State(content["state"]),
            reason=content["reason"],
            command=content["command"],
            by=f"{content['host']}:{content['process']}",
            started=content["started"],
            seconds=content["seconds"],
            doing=content["doing"],
            what=content["what"],
            total=content["total"],
            finished=content["finished"],
            running=tuple(Running(**{**one, "figures": _figures(one["figures"])}) for one in content["running"]),
            failed=tuple(Unsuccessful(**one) for one in content["failed"]),
            lost=tuple(Unsuccessful(**one) for one in content["lost"]),
            left=content["left"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def _figures(content: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in content.items()}


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _age(content: Mapping[str, Any]) -> float:
    """Seconds since it was written, by the clock that it was written by."""
    return (datetime.now(UTC) - datetime.fromisoformat(content["written"])).total_seconds()


def _last(content: Mapping[str, Any]) -> str:
    """When it was last heard of, by its own clock."""
    return f"last heard of at {content['written']} by the clock of {content['host']}, write {content['writes']:,}"
