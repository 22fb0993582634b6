"""What runs on the nodes of a Ray cluster: a task, under the same conditions as in every other executor."""

from __future__ import annotations

import os
import pickle
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nasrank.bench.execution.on_ray.connection import imported
from nasrank.bench.execution.on_ray.progress import telling_a_board
from nasrank.bench.execution.process_pool import THREAD_VARIABLES, one_thread
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.freed_memory import keep_freed_memory

_CARRIED = ("NASRANK_", "ATEN_", "ONEDNN_", "DNNL_", "MKL_", "CUBLAS_", "NVIDIA_TF32_")
"""Beginnings of the names of variables that are to be on a node as they are here: paths, and what decides bits."""


def variables() -> dict[str, str]:
    """Those that the process of a task has to have from its beginning."""
    carried = {name: value for name, value in os.environ.items() if name.startswith(_CARRIED)}
    return {**carried, **dict.fromkeys(THREAD_VARIABLES, "1")}


def origin() -> dict[str, Any]:
    """What a node has to know of the process that has tasks done."""
    return {
        "environment": environment(),
        "plugins": plugins.fingerprints(),
        "folder": str(Path.cwd()),
        "path": sys.path,
    }


def entry() -> Callable[..., bytes]:
    """The function of all tasks. As it is sent by value, it can say of a node that nasrank is missing there."""

    def on_node(task: str, origin: Mapping[str, Any], work: bytes, board: Any) -> bytes:
        import sys

        sys.path.extend(folder for folder in origin["path"] if folder not in sys.path)
        try:
            from nasrank.bench.execution.on_ray.worker import run
        except ImportError as error:
            import platform

            node = platform.node()
            raise ValueError(f"the node {node} of the Ray cluster lacks nasrank as it is here: {error}") from error
        return run(task, origin, work, board)

    return on_node


def run(task: str, origin: Mapping[str, Any], work: bytes, board: Any) -> bytes:
    """Do a task: its result, pickled, as Ray's own way gives arrays that live no longer than its shared memory.

    Args:
        origin: as the function of this name gives it.
        work: the pickled function, and a tuple of its arguments.
        board: an actor that hears how far the task is.

    Raises:
        ValueError: this node has other versions, or other plugins.
    """
    _refuse_others(origin["environment"], environment())
    if Path(origin["folder"]).is_dir():  # for paths that are relative
        os.chdir(origin["folder"])
    _refuse_others(origin["plugins"], plugins.fingerprints())  # which loads them: what is to be done may be theirs
    function, arguments = pickle.loads(work)
    progress, delivered = telling_a_board(board, task)
    keep_freed_memory()
    with one_thread():
        result = function(*arguments, progress=progress)
    delivered()
    done: bytes = imported().cloudpickle.dumps(result)
    return done


def _refuse_others(wanted: Mapping[str, str], here: Mapping[str, str]) -> None:
    """ValueError that names the first thing of which this node has another version."""
    for what, version in wanted.items():
        if here.get(what) != version:
            raise ValueError(
                f"the node {platform.node()} of the Ray cluster has {what} {here.get(what)}, and the run was started "
                f"with {version}; a study is trained in one environment"
            )
