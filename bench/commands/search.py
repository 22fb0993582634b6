"""The command `nasrank search`: searchers spend a budget on a table, hundreds of times in minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.commands.options import (
    Address,
    CpusPerTrial,
    ExecutorName,
    GpusPerTrial,
    Jobs,
    Lease,
    Plugins,
    executor_of,
)
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal

KIND = "search"

console = Terminal()


def search(
    study: Annotated[str, typer.Argument(help="Name of a search study that comes with nasrank, or path of one.")],
    jobs: Jobs = None,
    executor: ExecutorName = "local",
    address: Address = None,
    cpus_per_trial: CpusPerTrial = None,
    gpus_per_trial: GpusPerTrial = None,
    lease: Lease = None,
    oracle: Annotated[
        str | None, typer.Option(help="Take all numbers of tables from this one instead of those that the study names.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Five runs of every searcher, to see how it looks.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where the report goes. Default: runs/STUDY[-quick].")] = None,
    work: Annotated[Path, typer.Option(help="Where unfinished results are kept.")] = Path(".nasrank"),
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Let searchers spend a budget on a table, many times over, and report what they find.

    What is finished is kept: the same command continues an interrupted search and ends with the same bytes, and a
    searcher that is added is run alone. The simulated seconds are the benchmark's own.
    """
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.commands.kinds import KINDS, Asked
    from nasrank.bench.commands.studies import RUNS
    from nasrank.bench.studies.kinds import kind_of
    from nasrank.bench.studies.study_file import find_study

    path = find_study(study)
    if (named := kind_of(path)) != KIND:
        raise ValueError(f"{path} is a study of the kind {named!r}; 'nasrank run' runs it")
    name = "-".join(filter(None, [path.stem, oracle, "quick" if quick else None]))
    place = executor_of(
        executor,
        out or RUNS / name,
        jobs=jobs,
        address=address,
        cpus_per_trial=cpus_per_trial,
        gpus_per_trial=gpus_per_trial,
        lease=lease,
    )
    KINDS.named(KIND)().run(path, Asked(place, quick, out or RUNS / name, work, console, oracle))
