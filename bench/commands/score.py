"""The command `nasrank score`: zero-cost proxies of a space's architectures, as a file that `nasrank rank` reads."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from nasrank.bench.commands.watching import watched
from nasrank.bench.execution.looking_on.journal import folder_of
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.durations import duration
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from nasrank.bench.scoring.sheet import ProxyColumn

console = Terminal(highlight=False)


def score(
    context: typer.Context,
    space: Annotated[str, typer.Argument(help="Search space, see 'nasrank spaces'.")],
    out: Annotated[Path, typer.Option(help="Parquet file for the scores.")],
    proxies: Annotated[str, typer.Option(help="Names with commas between them, or 'all'.")] = "all",
    cells: Annotated[
        str,
        typer.Option(
            help="How many architectures, drawn at random; 'all'; or a file that names some (text, CSV or Parquet), "
            "or the folder of a study's results for its pool."
        ),
    ] = "1000",
    data: Annotated[str, typer.Option(help="Images: digits, cifar10-16 or cifar10.")] = "cifar10-16",
    channels: Annotated[int | None, typer.Option(help="Width of the first stage. Default: 16.")] = None,
    cells_per_stage: Annotated[int | None, typer.Option(help="Depth of each of the three stages. Default: 1.")] = None,
    network: Annotated[
        list[str],
        typer.Option(metavar="KEY=VALUE", help="An option of the space's networks, such as width=32; once for each."),
    ] = [],  # noqa: B006 - typer makes a new one
    batch: Annotated[int, typer.Option(help="Images of the batch that is drawn for a seed.")] = 64,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Initializations and batches, seeds 0, 1, ...")] = 1,
    draw_seed: Annotated[int, typer.Option(min=0, help="Of the order in which architectures are drawn.")] = 0,
    keep_dead_branches: Annotated[
        bool, typer.Option("--keep-dead-branches", help="Count operations that no signal crosses, too.")
    ] = False,
    jobs: Jobs = None,
    executor: ExecutorName = "local",
    address: Address = None,
    cpus_per_trial: CpusPerTrial = None,
    gpus_per_trial: GpusPerTrial = None,
    lease: Lease = None,
    work: Annotated[Path, typer.Option(help="Where finished measurements are kept.")] = Path(".nasrank"),
    supernet: Annotated[
        Path | None,
        typer.Option(help="Score by this super-net, a JSON file that 'nasrank run --keep-weights' wrote, instead."),
    ] = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Measure zero-cost proxies of architectures, without training any; or score them by a trained super-net.

    What is finished is kept: the same command continues an interrupted run, and one with more cells, seeds or proxies
    measures only what is missing. Architectures that compute the same without their dead branches are measured once.
    """
    plugins.use(plugin)  # before anything looks into a registry
    if supernet is not None:
        _refuse_of_proxies(context)
        _score_by(supernet, space, out, cells, draw_seed)
        return
    from nasrank.bench.scoring.cells import chosen
    from nasrank.bench.scoring.classes import units_of
    from nasrank.bench.scoring.execute import measure_pending, pending, probe_seconds
    from nasrank.bench.scoring.measure import proxies_named, revisions
    from nasrank.bench.scoring.setup import SetUp
    from nasrank.bench.scoring.sheet import write_sheet
    from nasrank.bench.scoring.store import Measurements
    from nasrank.bench.tabulation.network import pairs

    _refuse_suffix(out)
    place = executor_of(
        executor,
        folder_of(out),
        jobs=jobs,
        address=address,
        cpus_per_trial=cpus_per_trial,
        gpus_per_trial=gpus_per_trial,
        lease=lease,
    )
    kinds = proxies_named(proxies)
    sizes = {"channels": channels, "cells_per_stage": cells_per_stage}
    given = [f"{key}={value}" for key, value in sizes.items() if value is not None]
    setup = SetUp.of(
        space=space, data=data, network=pairs([*network, *given]), batch=batch, dead_branches=keep_dead_branches
    )
    with console.status("choosing architectures"):
        architectures = chosen(space, cells, draw_seed)
        units = units_of(space, architectures, dead_branches=keep_dead_branches)
    store = Measurements(work / f"scores-{space}-{data}-{setup.fingerprint}", setup)
    todo = pending(store, units, seeds, revisions(kinds))
    console.print(
        f"{len(architectures):,} architectures of {space} in {len({unit.key for unit in units}):,} classes, {seeds} "
        f"seed(s), {len(kinds)} proxies: {setup.words}; {len(todo):,} to measure, results in {store.folder}",
        soft_wrap=True,
    )
    if todo:
        with console.status("measuring a few"):
            measured, seconds = probe_seconds(setup, todo, store)
        todo = todo[measured:]
        about = duration(seconds * len(todo) / place.jobs)
        console.print(f"{seconds:.2f} s each; about {about} more with {place.jobs} worker(s)", soft_wrap=True)
    if todo:
        with watched(console, folder_of(out)) as watch:
            measure_pending(setup, todo, store, place, seconds_each=seconds, watch=watch)
    settings = {"cells": cells, "draw_seed": draw_seed}
    written = write_sheet(out, setup, architectures, units, seeds, kinds, store, settings)
    _print(written, len(architectures) * seeds)
    console.print(f"scores: {out}; judge them with: nasrank rank {out} --truth TABLE:COLUMN", soft_wrap=True)


_WITH_A_SUPERNET = frozenset({"space", "out", "cells", "draw_seed", "supernet", "plugin"})
"""Options that mean something where a super-net scores; it knows its images and its size."""


def _refuse_of_proxies(context: typer.Context) -> None:
    for name in sorted(context.params.keys() - _WITH_A_SUPERNET):
        source = context.get_parameter_source(name)
        if source and source.name == "COMMANDLINE":
            raise ValueError(f"--{name.replace('_', '-')} means nothing with --supernet, which knows how it scores")


def _score_by(path: Path, space: str, out: Path, cells: str, draw_seed: int) -> None:
    from nasrank.bench.runner.kept_supernets import load_supernet
    from nasrank.bench.scoring.cells import chosen
    from nasrank.bench.scoring.supernet_scores import write_scores

    _refuse_suffix(out)
    supernet = load_supernet(path)
    if supernet.space.name != space:
        raise ValueError(f"{path} is a super-net of {supernet.space.name}, not of {space}")
    with console.status("choosing architectures"):
        architectures = chosen(space, cells, draw_seed)
    console.print(f"{len(architectures):,} architectures of {space} by {supernet.trial.name}", soft_wrap=True)
    settings = {"cells": cells, "draw_seed": draw_seed}
    with watched(console, folder_of(out)) as watch:
        watch.begin("architectures", len(architectures), 0)
        try:
            written = write_scores(out, supernet, architectures, settings, partial(watch.done, path.stem, ""))
        finally:
            watch.end()
    _print(written, len(architectures))
    console.print(
        f"scores: {out}; its study ranks by {supernet.ranked_by}; judge them with: nasrank rank {out} --truth "
        "TABLE:COLUMN",
        soft_wrap=True,
    )


def _refuse_suffix(out: Path) -> None:
    if out.suffix != ".parquet":
        raise ValueError(f"{out}: scores are written as Parquet; give a file whose name ends in .parquet")


def _print(columns: list[ProxyColumn], rows: int) -> None:
    from nasrank.bench.commands.table_views import grid

    made = grid("proxy", "better", "seconds each", "missing", right=("seconds each", "missing"))
    for one in columns:
        missing = sum(one.missing.values())
        better = "higher" if one.higher_is_better else "lower"
        made.add_row(one.name, better, f"{one.seconds:.3f}", f"{missing:,} of {rows:,}" if missing else "")
    console.print(made)
    for one in columns:
        for reason, count in one.missing.items():
            console.print(f"{one.name}: {count:,} without a value: {reason}", soft_wrap=True)
