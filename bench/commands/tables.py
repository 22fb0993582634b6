"""The commands `nasrank tables ...`: import, fetch, and look into tables of stand-alone results."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.commands.fetch import NARROWEST, fetch
from nasrank.bench.commands.options import Plugins
from nasrank.bench.commands.progress import progress
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal, message

tables = typer.Typer(help="Import and look into the tables of stand-alone results.", no_args_is_help=True)
console = Terminal(width=max(Terminal().width, NARROWEST), highlight=False)

Name = Annotated[str, typer.Argument(help="Name of a table, see 'nasrank tables list'.")]
Cache = Annotated[
    Path | None, typer.Option(help="Folder of compiled tables. Default: NASRANK_CACHE, else the user's cache folder.")
]


@tables.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A published file or folder; what it is is seen from its content.")],
    name: Annotated[str | None, typer.Option(help="What to call the table. Default: the name of its kind.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="For CSV, Parquet and JSON: a TOML file that says which column is what.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes. Default: all cores.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let go a table of this name from another source.")
    ] = False,
    cache: Cache = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Compile a published table once; from then on every question is answered from the compiled one."""
    plugins.use(plugin)  # before anything looks into a registry
    from time import perf_counter

    from nasrank.bench.oracles.ask.overview import overview
    from nasrank.bench.oracles.imports.formats.extract import format_of
    from nasrank.bench.oracles.imports.library import import_table, recognise

    format = recognise(source) if mapping is None else format_of(mapping)
    console.print(f"{source} is {format.words}", soft_wrap=True)
    start = perf_counter()
    with progress(console, "reading") as report:
        done = import_table(
            source,
            format=format,
            name=name,
            cache=cache,
            replace=replace,
            jobs=jobs or os.cpu_count() or 1,
            report=report,
        )
    size = done.path.stat().st_size / 2**20
    if done.compiled:
        console.print(
            f"compiled in {perf_counter() - start:.1f} seconds: {size:,.1f} MiB in {done.path}", soft_wrap=True
        )
    else:
        console.print(f"this very source was imported before: {done.path}", soft_wrap=True)
    _print_lines(overview(done.table))
    console.print(f"ask it with: nasrank tables info {done.name}")


tables.command()(fetch)  # the same as `nasrank fetch`


@tables.command("list")
def list_tables(
    cache: Cache = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """List the tables that can be asked, and those whose source is not at hand."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.commands.table_views import grid
    from nasrank.bench.foundation.files import DataError
    from nasrank.bench.oracles import RECIPES, imported, open_oracle

    listing = grid("table", "source", "state", folded=("source", "state"))
    sources = {name: (recipe.source, "") for name, recipe in RECIPES.items()}
    sources |= dict.fromkeys(imported(cache), ("", ", imported"))
    for name, (source, words) in sources.items():
        try:
            table = open_oracle(name, cache=cache)
        except (DataError, OSError) as error:
            listing.add_row(name, source, message(error))
        else:
            listing.add_row(name, table.provenance.source, f"{len(table.columns)} column(s){words}")
    console.print(listing)


@tables.command()
def info(
    oracle: Name,
    by: Annotated[
        str | None,
        typer.Option(help="Instead, means over the architectures that are alike in a trait or decision of the space."),
    ] = None,
    cache: Cache = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Show what a table holds: every column with its axes, unit, range and coverage, and where it comes from."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.commands import table_views as views
    from nasrank.bench.oracles import open_oracle
    from nasrank.bench.oracles.ask.overview import overview

    table = open_oracle(oracle, cache=cache)
    if by is not None:
        console.print(views.by(table, by))
        console.print("± is the standard error over architectures, each the mean over its seeds.", soft_wrap=True)
        return
    console.print(views.provenance(table))
    _print_lines(overview(table))
    console.print(views.splits(table), views.columns(table))
    _print_lines(views.derivations(table.columns))


@tables.command()
def query(
    architecture: Annotated[
        str,
        typer.Argument(
            help="In the benchmark's notation, '|nor_conv_3x3~0|+|...|+|...|', or a module hash, or its official index."
        ),
    ],
    oracle: Annotated[str, typer.Option(help="Name of a table, see 'nasrank tables list'.")] = "analog-nasbench",
    dataset: Annotated[str | None, typer.Option(help="Only this data set: cifar10, cifar100, ImageNet16-120.")] = None,
    curves: Annotated[bool, typer.Option("--curves", help="Print curves epoch by epoch.")] = False,
    cache: Cache = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Show every number a table has of one architecture."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.commands import table_views as views
    from nasrank.bench.oracles import open_oracle
    from nasrank.bench.oracles.ask.overview import find_row

    table = open_oracle(oracle, cache=cache)
    row = find_row(table, architecture)
    console.print(str(table.rows.architecture(row)), style="bold", soft_wrap=True)
    console.print(views.numbers(table, row, dataset=dataset, curves=curves))
    _print_lines(views.kin(table, row))


@tables.command()
def compare(
    first: Name,
    second: Name,
    column: Annotated[
        str | None, typer.Option(help="Column of the first table, as 'accuracy/cifar10/test_50k/200/mean'.")
    ] = None,
    against: Annotated[str | None, typer.Option(help="Column of the second. Default: the same axes.")] = None,
    largest: Annotated[int, typer.Option(min=0, help="How many of the largest differences to list.")] = 5,
    cache: Cache = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Show how far two tables agree: rank correlations, overlap, largest differences. Without --column, all shared."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.commands import table_views as views
    from nasrank.bench.oracles import open_oracle
    from nasrank.bench.oracles.ask.comparison import compare as compare_columns
    from nasrank.bench.oracles.ask.comparison import shared_columns
    from nasrank.bench.oracles.ask.overview import column_of_text

    a, b = open_oracle(first, cache=cache), open_oracle(second, cache=cache)
    if column is not None:
        one, other = column_of_text(a, column), column_of_text(b, against or column)
        found = compare_columns(a, b, one, other, largest=largest)
        console.print(views.comparison(found))
        if found.largest:
            console.print(views.differences(found, first, second))
        return
    shared = [one for one in shared_columns(a, b) if one.direction != "none"]
    if not shared:
        raise ValueError(f"{first} and {second} share no column: name one of each with --column and --against")
    console.print(views.comparisons([compare_columns(a, b, one, one, largest=1) for one in shared]))


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True)
