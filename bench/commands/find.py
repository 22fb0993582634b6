"""The command `nasrank find`: what a searcher finds by the scores of a trained super-net."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasrank.bench.commands.options import Plugins
from nasrank.bench.commands.watching import watched
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from nasrank.spaces.limited import Limit

console = Terminal(highlight=False)

_LIMIT = re.compile(r"(\w+)(<=|>=)(.+)")


def find(
    supernet: Annotated[Path, typer.Argument(help="A JSON file that 'nasrank run --keep-weights' wrote.")],
    out: Annotated[Path, typer.Option(help="CSV file for what was looked at, the best first.")],
    searcher: Annotated[str, typer.Option(help="Name of a searcher; 'random' draws.")] = "evolution",
    evaluations: Annotated[int, typer.Option(min=1, help="Architectures to score.")] = 1000,
    limit: Annotated[
        list[str],
        typer.Option(metavar="COST<=NUMBER", help="Keep to networks of this cost, as multiply_adds<=1.5e6; or >=."),
    ] = [],  # noqa: B006 - typer makes a new one
    level: Annotated[
        list[str], typer.Option(help="Search these decisions first; once for each level of the space, in order.")
    ] = [],  # noqa: B006 - typer makes a new one
    seed: Annotated[int, typer.Option(min=0, help="Of the search.")] = 0,
    top: Annotated[int, typer.Option(min=1, help="So many of them go to the file.")] = 20,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Search a space of any size by what a trained super-net scores, perhaps under a limit of what networks cost.

    'nasrank tabulate SPACE --architectures FILE' then trains what was found.
    """
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.runner.kept_supernets import load_supernet
    from nasrank.bench.scoring.found import find as search
    from nasrank.bench.scoring.found import write_found

    if out.suffix != ".csv":
        raise ValueError(f"{out}: what is found is written as CSV; give a file whose name ends in .csv")
    limits = [_read(one) for one in limit]
    opened = load_supernet(supernet)
    with watched(console, out.with_suffix("")) as watch:
        watch.begin("architectures", evaluations, 0)
        try:
            found = search(
                opened,
                searcher,
                evaluations=evaluations,
                seed=seed,
                limits=limits,
                levels=level,
                said=partial(watch.done, searcher, ""),
            )
        finally:
            watch.end()
    write_found(out, found[:top])
    best = found[0]
    console.print(
        f"{len(found):,} architectures of {opened.space.name} looked at; the best by {opened.ranked_by}: "
        f"{best.architecture} ({best.score:.4f}; {best.cost.parameters:,} parameters, {best.cost.multiply_adds:,} "
        "multiply-adds)",
        soft_wrap=True,
    )
    console.print(
        f"{min(top, len(found))} of them: {out}; train them with: nasrank tabulate {opened.space.name} --architectures "
        f"{out}",
        soft_wrap=True,
    )


def _read(text: str) -> Limit:
    from nasrank.spaces.limited import Limit

    matched = _LIMIT.fullmatch(text.replace(" ", ""))
    try:
        cost, sign, number = matched.groups() if matched else ("", "", "")
        bound = float(number.replace(",", ""))
    except ValueError:
        raise ValueError(f"{text!r:.80} is no limit: write COST<=NUMBER, such as multiply_adds<=1.5e6") from None
    return Limit(cost, most=bound) if sign == "<=" else Limit(cost, least=bound)
