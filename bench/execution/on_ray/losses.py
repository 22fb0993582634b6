"""What becomes of a task of a Ray cluster: its result, what it raised, or why it is lost."""

from __future__ import annotations

import pickle
import re
from typing import Any

from nasrank.bench.execution.executor import Outcome

RETRIES = 3
"""Attempts at a task beyond the first, where its worker or its node dies. What a function raises is never retried."""

_MEMORY = re.compile(r"Memory on the node \(IP: ([^,)]+).*?\) was (\S+) used / (\S+) limit")


def outcome_of(task: str, reference: Any) -> Outcome:
    """Of a task that has ended; what its function raised, this raises.

    Args:
        reference: Ray's, to the pickled result.
    """
    import ray

    try:
        return Outcome(task, pickle.loads(ray.get(reference)))
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayError as error:
        return Outcome(task, lost=_reason(error))


def _reason(error: Exception) -> str:
    import ray

    if isinstance(error, ray.exceptions.OutOfMemoryError):
        found = _MEMORY.search(str(error))
        used = f" of the node {found[1]}, of which {found[2]} of {found[3]} were used" if found else ""
        return f"Ray killed its worker for want of memory{used}; {_HOW_OFTEN}"
    if isinstance(error, ray.exceptions.NodeDiedError):
        return f"its node died; {_HOW_OFTEN}"
    if isinstance(error, ray.exceptions.WorkerCrashedError):
        return f"its worker was killed; {_HOW_OFTEN}"
    if isinstance(error, ray.exceptions.LocalRayletDiedError):
        return "Ray has ended on this machine"
    return first_line(error)


_HOW_OFTEN = f"that was the last of {RETRIES + 1} attempts"


def first_line(error: BaseException) -> str:
    """Of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
