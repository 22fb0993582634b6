"""The command `nasrank work`: one more worker for whatever is planned in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.commands.options import Plugins
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.interrupts import asked_to_end
from nasrank.bench.foundation.terminal import Terminal

console = Terminal(highlight=False)


def work(
    folder: Annotated[
        Path, typer.Argument(help="What '--executor workers' names: the folder of the report, which both must see.")
    ],
    patience: Annotated[
        float, typer.Option(min=0.0, help="Minutes to wait where nothing is planned and no driver is there.")
    ] = 10.0,
    stop: Annotated[
        bool, typer.Option("--stop", help="Ask the workers that are there to leave, and start none.")
    ] = False,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Do trials for a run with --executor workers, on this machine, beside any number of other workers.

    It may be started before that run, and ends with it. When it is asked to end (Ctrl-C, SIGTERM), the trial that it is
    at goes to another worker at once; when it is killed, after a while.
    """
    from nasrank.bench.execution.process_pool import compute_on_one_thread

    compute_on_one_thread()  # before anything imports torch
    plugins.use(plugin)
    from nasrank.bench.execution.shared_folder.queue import Queue
    from nasrank.bench.execution.shared_folder.worker import Worker

    if stop:
        queue = Queue(folder)
        if not queue.folder.is_dir():
            raise ValueError(f"{folder} has no workers: there is no folder {queue.folder}")
        queue.stop()
        console.print(f"the workers of {folder} end when their trials next say how far they are", soft_wrap=True)
        return
    with asked_to_end() as ending:
        worker = Worker(folder, patience=60 * patience, ending=ending, say=_say)
        why = worker.work()
    _say(f"{worker.done} task(s) done; {why}")
    if ending.signal:
        raise typer.Exit(128 + ending.signal)
    if not folder.is_dir() and why != worker.ALL_DONE:
        raise ValueError(f"there is no folder {folder}")


def _say(text: str) -> None:
    console.print(text, soft_wrap=True)
