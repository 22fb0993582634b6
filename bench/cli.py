"""The command `nasrank`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.console import Console

app = typer.Typer(
    help="Measure how well weight-sharing super-nets rank architectures, before and after landmark guidance.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
console = Console()


@app.callback()
def _main() -> None:
    pass


@app.command()
def run(
    study: Annotated[str, typer.Argument()],
    data: Annotated[Optional[str], typer.Option()] = None,
    jobs: Annotated[int, typer.Option()] = 2,
    work: Annotated[Path, typer.Option()] = Path(".nasrank"),
) -> None:
    from bench.runner.design import resolve
    from bench.runner.estimate import estimate_seconds
    from bench.runner.execute import execute
    from bench.runner.results import Store
    from bench.runner.study import find_study, load_study

    path = find_study(study, data)
    design, truth, _ = resolve(load_study(path))
    store = Store(work / f"{path.stem}-{design.fingerprint}")
    pending = [t for t in design.trials if not store.has(t)]
    seconds = estimate_seconds(design, truth, pending)
    console.print(f"{len(pending)} trials, about {seconds / jobs / 60:.0f} minutes on {jobs} cores")
    execute(design, truth, store, jobs=jobs, console=console)


if __name__ == "__main__":
    app()
