"""The commands `nasrank studies` and `nasrank new study`: what there is to run, and a study of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasrank.bench.commands.options import Plugins
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table as Grid

    from nasrank.bench.studies.shipped import Shipped

console = Terminal(highlight=False)
new = typer.Typer(help="Write files of your own to start from.", no_args_is_help=True)


def studies(plugin: Plugins = []) -> None:  # noqa: B006 - typer makes a new one
    """List the studies that come with nasrank: what each needs, how long it takes, and whether its data are here."""
    plugins.use(plugin)
    from nasrank.bench.commands.table_views import grid
    from nasrank.bench.oracles.imports.addresses import SOURCES
    from nasrank.bench.studies.shipped import at_paper_scale, of_other_kinds, shipped

    lacking = {one: one.lacks() for one in [*shipped(), *at_paper_scale()]}
    known = {one: bool(found) for one, found in lacking.items()}
    console.print(_listed({one: lacks for one, lacks in known.items() if not one.costs}, "on 2 cores"))
    console.print("of other kinds, which train no super-net", soft_wrap=True)
    without_supernets = grid("study", "kind", "about", folded=("about",))
    for name, kind, title in of_other_kinds():
        without_supernets.add_row(name, kind, title)
    console.print(without_supernets)
    console.print(
        "with the settings of papers, for a GPU; nasrank run NAME --dry-run says what one takes", soft_wrap=True
    )
    console.print(_listed({one: lacks for one, lacks in known.items() if one.costs}, "as estimated"))
    missing = list(dict.fromkeys(what for found in lacking.values() for what in found))
    if fetched := [what for what in missing if what in SOURCES]:
        console.print(f"what is missing can be had: nasrank fetch {' '.join(fetched)}", soft_wrap=True)
    if others := [what for what in missing if what not in SOURCES]:
        console.print(f"to be had by hand: {', '.join(others)}; nasrank run NAME says how", soft_wrap=True)
    console.print("run one: nasrank run nb201; write one of your own: nasrank new study mine", soft_wrap=True)


def _listed(lacking: Mapping[Shipped, bool], lasts: str) -> Grid:
    """Studies, and whether they lack data; those that can be run at once come first."""
    from nasrank.bench.commands.table_views import grid
    from nasrank.bench.reporting.words import counted

    made = grid("study", "about", "data", folded=("about",))
    for one in sorted(lacking, key=lacking.__getitem__):
        study = one.study
        rows = counted(len(study.strategies) + len(study.variants), "row", "rows")
        truth = f"{study.space}, {study.images.dataset}, against {study.truth.oracle}"
        about = f"{study.title}\n{rows}, {one.costs or one.lasts} {lasts}\n{truth}"
        made.add_row(one.name, about, "missing" if lacking[one] else "here")
    return made


@new.command("study")
def new_study(
    name: Annotated[str, typer.Argument(help="What to call it; the file is NAME.toml.")],
    space: Annotated[str, typer.Option(help="Search space, see 'nasrank spaces'.")] = "nb201",
    start: Annotated[
        str | None,
        typer.Option("--from", help="A study, by name or path, to start from as it is, instead of a small one."),
    ] = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Write a study file in which every section and key is explained, to be changed and run."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.foundation.files import DataError, replacing
    from nasrank.bench.studies.commented import commented
    from nasrank.bench.studies.starting import small_study
    from nasrank.bench.studies.study_file import find_study, load_study

    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    if path.exists():
        raise DataError(f"{path} exists, and is not overwritten: choose another name")
    study = load_study(find_study(start)) if start else small_study(space)
    study = study.model_copy(update={"title": path.stem})
    about = f"A study of yours. Run it with: nasrank run {path}. Keys behind a '#' have their defaults."
    with replacing(path) as temporary:
        temporary.write_text(commented(study, about), encoding="utf-8", newline="\n")
    load_study(path)
    rows, seeds = len(study.strategies) + len(study.variants), len(study.every_seed)
    at_most = "at most " if study.looks else ""
    console.print(
        f"wrote {path}: {rows} row(s), {at_most}{seeds} seed(s), {study.training.passes:,} passes each. Change it, "
        f"then: nasrank run {path}",
        soft_wrap=True,
    )
