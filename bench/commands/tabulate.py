"""The command `nasrank tabulate`: train stand-alone networks and make a table of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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

console = Terminal(highlight=False)


def tabulate(
    space: Annotated[str, typer.Argument(help="Search space, see 'nasrank spaces'.")],
    cells: Annotated[
        int | None, typer.Option(help="So many architectures, in one fixed random order of them. Default: all.")
    ] = None,
    architectures: Annotated[
        Path | None, typer.Option(help="Those that a file names (text, CSV or Parquet), such as 'nasrank find' wrote.")
    ] = None,
    data: Annotated[str, typer.Option(help="Images or text, such as digits, cifar10-16 or ptb-characters.")] = "digits",
    max_nodes: Annotated[
        int | None, typer.Option(help="Only cells whose graph has at most so many nodes, input and output included.")
    ] = None,
    stratified: Annotated[
        bool, typer.Option("--stratified", help="As many of each of the space's strata; see 'nasrank spaces'.")
    ] = False,
    only: Annotated[
        list[str],
        typer.Option(
            metavar="DECISION=OPTION,...",
            help="Only architectures with these options, such as graph=0,1; once for each decision.",
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    classes: Annotated[
        bool,
        typer.Option("--classes", help="Train one architecture of each isomorphism class; all of it have its numbers."),
    ] = False,
    each: Annotated[
        int | None,
        typer.Option(
            help="So many of each group that has all but the last level of decisions alike, as cells of a path."
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Training runs of each architecture, seeds 0, 1, ...")] = 3,
    epochs: Annotated[int, typer.Option(help="Length of training.")] = 8,
    channels: Annotated[int | None, typer.Option(help="Width of the first stage. Default: 16.")] = None,
    cells_per_stage: Annotated[int | None, typer.Option(help="Depth of each of the three stages. Default: 1.")] = None,
    network: Annotated[
        list[str],
        typer.Option(metavar="KEY=VALUE", help="An option of the space's networks, such as width=32; once for each."),
    ] = [],  # noqa: B006 - typer makes a new one
    batch_size: Annotated[int, typer.Option(help="Images, or windows of text, a step.")] = 64,
    learning_rate: Annotated[
        float, typer.Option(help="At the start, or after the warm-up; it falls to zero along a cosine.")
    ] = 0.1,
    optimizer: Annotated[str, typer.Option(help="What updates the weights: sgd, adam or adamw.")] = "sgd",
    warm_up: Annotated[
        float, typer.Option(help="First fraction of training, in which the learning rate rises from zero.")
    ] = 0.0,
    momentum: Annotated[float, typer.Option(help="Of SGD, Nesterov's; the first decay rate of Adam and AdamW.")] = 0.9,
    weight_decay: Annotated[
        float, typer.Option(help="Added to the gradient by SGD and Adam, apart from it by AdamW.")
    ] = 5e-4,
    clip: Annotated[float, typer.Option(help="Greatest norm of the gradient of all weights.")] = 5.0,
    padding: Annotated[
        int | None, typer.Option(help="Largest shift of training and test images, in pixels. Default: 1.")
    ] = None,
    noise: Annotated[
        float | None,
        typer.Option(
            help="Deviation of the noise on both, in normalized pixels. Default: 0.6; 0 where each pixel is told."
        ),
    ] = None,
    train_images: Annotated[
        int | None, typer.Option(help="Images, or windows of text, to train on. Default: half of them.")
    ] = None,
    test_images: Annotated[int | None, typer.Option(help="Others to test on. Default: all others.")] = None,
    jobs: Jobs = None,
    executor: ExecutorName = "local",
    address: Address = None,
    cpus_per_trial: CpusPerTrial = None,
    gpus_per_trial: GpusPerTrial = None,
    lease: Lease = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the table. Default: SPACE-DATA-CELLS, and which.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Let go another table of this name.")] = False,
    out: Annotated[Path | None, typer.Option(help="File for the table. Default: tables/NAME.arrow.")] = None,
    work: Annotated[Path, typer.Option(help="Where finished networks are kept.")] = Path(".nasrank"),
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Train stand-alone networks, and make a table of their scores that studies can take for the truth.

    What is finished is kept: the same command continues an interrupted run. One with more cells or seeds goes on from
    there; give its table another --name, or let the earlier one go with --replace.
    """
    plugins.use(plugin)  # before anything looks into a registry
    import numpy as np

    from nasrank.bench.data import DATASETS
    from nasrank.bench.foundation.files import replacing
    from nasrank.bench.oracles.imports.formats import own
    from nasrank.bench.oracles.imports.library import import_table, refuse_file, refuse_name
    from nasrank.bench.tabulation.execute import estimate_seconds, pending, train_pending
    from nasrank.bench.tabulation.grouping import grouping
    from nasrank.bench.tabulation.metrics import metrics_of
    from nasrank.bench.tabulation.network import network_of, pairs
    from nasrank.bench.tabulation.reliability import TOO_FEW, reliability
    from nasrank.bench.tabulation.selection import Selection
    from nasrank.bench.tabulation.settings import StandaloneTraining
    from nasrank.bench.tabulation.store import Networks
    from nasrank.bench.tabulation.table import costs_of, ends, tabulated
    from nasrank.spaces import get_enumerated

    named = {"channels": channels, "cells_per_stage": cells_per_stage}
    sizes = [f"{key}={value}" for key, value in named.items() if value is not None]
    sampled = DATASETS.named(data)
    training = StandaloneTraining.of(
        space=space,
        data=data,
        training_images=train_images,
        test_images=test_images,
        epochs=epochs,
        padding=(1 if sampled.side else 0) if padding is None else padding,
        noise=(0.6 if sampled.kind == "images" else 0.0) if noise is None else noise,
        network=network_of(space, pairs([*network, *sizes])),
        batch_size=batch_size,
        learning_rate=learning_rate,
        optimizer=optimizer,
        warm_up=warm_up,
        momentum=momentum,
        weight_decay=weight_decay,
        clip=clip,
    )
    drawing = {
        "cells": cells,
        "max-nodes": max_nodes,
        "stratified": stratified,
        "only": only,
        "classes": classes,
        "each": each,
    }
    given = None if architectures is None else _named_in(architectures, space, drawing)
    source = "" if architectures is None else architectures.name
    selection = Selection(cells, max_nodes, seeds, stratified, source, tuple(only), classes, each)
    with console.status("choosing architectures"):
        chosen = selection.architectures(space) if given is None else given
        costs = costs_of(training, chosen)
    small = "" if max_nodes is None else f"-up-to-{max_nodes}-nodes"
    ways = {"stratified": stratified, "classes": classes, "part": only, f"each-{each}": each}
    drawn = "".join(f"-{way}" for way, asked in ways.items() if asked)
    drawn = drawn if architectures is None else f"-{architectures.stem}"
    name = name or f"{space}-{data}-{len(chosen)}{small}{drawn}"
    store = Networks(work / f"{space}-{data}-{training.fingerprint}", training)
    todo = pending(store, chosen, seeds)
    refuse_name(name, taken=bool(todo) and not replace)
    out = out or Path("tables") / f"{name}.arrow"
    refuse_file(out, taken=bool(todo) and not replace)
    place = executor_of(
        executor,
        folder_of(out),
        jobs=jobs,
        address=address,
        cpus_per_trial=cpus_per_trial,
        gpus_per_trial=gpus_per_trial,
        lease=lease,
    )
    networks = sum(len(lacking) for _, lacking in todo)
    console.print(
        f"{len(chosen):,} architectures of {space} on {data}, {seeds} seed(s) each: {networks:,} networks to "
        f"train, results in {store.folder}",
        soft_wrap=True,
    )
    if todo:
        workers = min(place.jobs, len(todo))
        with console.status("measuring a few steps"):
            seconds = estimate_seconds(training, todo)
        console.print(f"about {duration(seconds / workers)} with {workers} worker(s)")
        with watched(console, folder_of(out)) as watch:
            train_pending(training, todo, store, place, watch=watch)

    table = tabulated(training, selection, chosen, costs, store)
    with replacing(out) as made:  # a table that is refused replaces no file
        table.write(made, compressed=True)
        refuse_file(out, taken=not replace and not _same_bytes(out, made))
        done = import_table(made, format=own.FORMAT, name=name, replace=replace)
    of_space, metric = get_enumerated(space), metrics_of(training.task)[0]
    in_order = sorted(chosen, key=of_space.position)
    ranked = ends([[store.runs[str(one), seed] for one in in_order] for seed in range(seeds)], metric)
    if np.isnan(ranked).any():
        console.print(f"{np.isnan(ranked).sum()} run(s) diverged and are missing")
    found = reliability(ranked, grouping(of_space, in_order))
    console.print(found.sentences(metric) if found else TOO_FEW, soft_wrap=True)
    console.print(f"table of {len(table.rows):,} architectures in {out}", soft_wrap=True)
    console.print(
        f"ask it with: nasrank tables info {done.name}; studies take it as oracle = {done.name!r}", soft_wrap=True
    )


def _named_in(path: Path, space: str, drawing: Mapping[str, Any]) -> list[Any]:
    """What a file names, each as the enumeration has it; ValueError where others are asked for, too.

    Args:
        drawing: options that draw architectures instead, by name.
    """
    from nasrank.bench.scoring.cells import chosen
    from nasrank.spaces import get_enumerated

    for option, given in drawing.items():
        if given:
            raise ValueError(f"--{option} draws architectures, and --architectures names them: give one of both")
    if not path.is_file():
        raise ValueError(f"{path} is no file that names architectures")
    enumerated = get_enumerated(space)
    positions = dict.fromkeys(enumerated.position(one) for one in chosen(space, str(path)))
    return [enumerated.at(position) for position in positions]


def _same_bytes(one: Path, other: Path) -> bool:
    from filecmp import cmp

    return one.is_file() and cmp(one, other, shallow=False)
