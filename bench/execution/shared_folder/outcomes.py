"""What a task gave, as a result file holds it: a value, what was raised, or that no worker has lived through it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasrank.bench.execution.executor import Outcome
from nasrank.bench.execution.plain import Plain
from nasrank.bench.foundation.describing import describe

_LONGEST = 20_000
"""Characters of a traceback that are kept, from its end."""

_RAISED: tuple[type[Exception], ...] = (ValueError, MemoryError, OSError)
"""What the command line has words for; an exception of one of these kinds is raised as one by the driver, too."""


class RemoteError(RuntimeError):
    """Raised by a task on another machine; the message ends with the traceback of there."""


def of_value(value: Any, plain: Plain) -> dict[str, Any]:
    """What is kept of a result; ValueError when it cannot be sent."""
    return {"value": plain.encode(value)}


def of_error(error: BaseException) -> dict[str, Any]:
    """What is kept of an exception."""
    kind = next((kind.__name__ for kind in _RAISED if isinstance(error, kind)), type(error).__name__)
    trace = "".join(traceback.format_exception(error))[-_LONGEST:]
    return {"raised": {"kind": kind, "text": str(error), "traceback": trace}}


def of_loss(reason: str) -> dict[str, Any]:
    """What is kept where no attempt came to its end."""
    return {"lost": reason}


def is_loss(content: Mapping[str, Any]) -> bool:
    return "lost" in content


def outcome(task: str, content: Mapping[str, Any], plain: Plain, path: Path) -> Outcome:
    """Of a task by its name, from the content of its result's file.

    Raises:
        ValueError: the task raised one, or the file is damaged, which the message names.
        MemoryError, OSError: the task raised one.
        RemoteError: it raised another exception.
    """
    if "value" in content:
        try:
            return Outcome(task, plain.decode(content["value"]))
        except ValueError as error:
            raise ValueError(f"{path} is damaged: {error}") from error
    if is_loss(content):
        return Outcome(task, lost=str(content["lost"]))
    raised = content.get("raised")
    if not (isinstance(raised, dict) and raised.keys() >= {"kind", "text", "traceback"}):
        raise ValueError(f"{path} is damaged: {describe(sorted(content))} says no result")
    kind, text = str(raised["kind"]), str(raised["text"])
    for one in _RAISED:
        if kind == one.__name__:
            raise one(text)
    raise RemoteError(f"{task}: {kind}: {text}\non another machine:\n{raised['traceback']}")
