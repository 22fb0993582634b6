"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nasrank.bench.execution import Executor

Plugins = Annotated[
    list[str],
    typer.Option("--plugin", help="A module of yours, or a Python file, that registers strategies or other things."),
]

_PANEL = "Where it is computed"

Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Worker processes, one thread each. Default: all cores.", rich_help_panel=_PANEL),
]
ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor",
        help="'local' processes, 'workers' that share the folder (see nasrank work), 'ray', 'here' or a plugin's.",
        rich_help_panel=_PANEL,
    ),
]
Address = Annotated[str | None, typer.Option(help="Of a running Ray cluster, such as 'auto'.", rich_help_panel=_PANEL)]
CpusPerTrial = Annotated[
    float | None, typer.Option(min=0.0, help="Cores that Ray keeps for a trial. Default: 1.", rich_help_panel=_PANEL)
]
GpusPerTrial = Annotated[
    float | None,
    typer.Option(min=0.0, help="GPUs that Ray keeps for a trial, such as 0.5. Default: 0.", rich_help_panel=_PANEL),
]
Lease = Annotated[
    float | None,
    typer.Option(
        min=1.0,
        help="Seconds without a sign of life after which another of the 'workers' takes a trial over. Default: 120.",
        rich_help_panel=_PANEL,
    ),
]


def executor_of(
    name: str,
    folder: Path,
    *,
    jobs: int | None = None,
    address: str | None = None,
    cpus_per_trial: float | None = None,
    gpus_per_trial: float | None = None,
    lease: float | None = None,
) -> Executor:
    """The executor that these options ask for, not entered yet; `folder` is that of the report.

    Raises:
        ValueError: there is none of this name, or it has no use for one of the options.
    """
    from nasrank.bench.execution import EXECUTORS, Resources

    asked = Resources(jobs, folder, address, cpus_per_trial, gpus_per_trial, lease)
    made = EXECUTORS.named(name).with_resources(asked)
    _made.append(made)
    return made


_made: list[Executor] = []


@contextmanager
def executors_closed() -> Iterator[None]:
    """At the end of the block, however it ends, whatever waits for further tasks of a command is let go."""
    try:
        yield
    finally:
        while _made:
            _made.pop().close()
