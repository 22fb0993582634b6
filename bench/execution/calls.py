"""Functions as files can name them, and calls of them with plain arguments.

A file can name no function but those that their own module has marked as `remote`, so that whoever writes one can have
work done, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nasrank.bench.execution.executor import is_remote
from nasrank.bench.execution.plain import name_of, named
from nasrank.bench.foundation.describing import describe

Function = Callable[..., Any]


def name_of_task(function: Function) -> str:
    """The name of a marked function, `module:name`; ValueError where it is none, or no other process can find it."""
    if not is_remote(function):
        raise ValueError(
            f"{getattr(function, '__qualname__', function)} cannot be called from another machine: it is not marked "
            "with @remote of nasrank.bench.execution"
        )
    return name_of(function)


def task_named(name: object) -> Function:
    """The marked function of this name; ValueError for any other name."""
    if not isinstance(name, str):
        raise ValueError(f"{describe(name)} names no task")
    function: Function = named(name)
    if not callable(function) or not is_remote(function):
        raise ValueError(f"{describe(name)} is no task")
    return function


def text_of(content: Any) -> str:
    """JSON values as one line of text, which equal ones share."""
    return json.dumps(content, separators=(",", ":"))
