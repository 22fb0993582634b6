"""The command `nasrank rank`: anybody's scores against a table."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasrank.bench.commands.options import Plugins
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from nasrank.bench.judging import RankReport
    from nasrank.bench.judging.wording import TextTable

NARROWEST = 136
"""Columns that the table is set for: a narrower terminal breaks the lines, and loses no digit."""

console = Terminal(width=max(Terminal().width, NARROWEST), highlight=False)

_COMMAS = "Several with commas between them."


def rank(
    scores: Annotated[Path, typer.Argument(help="A CSV, TSV, JSON or Parquet file, or NPY with a score a position.")],
    truth: Annotated[
        str, typer.Option(help="TABLE:COLUMN, as 'nasrank tables info TABLE' prints it; the table by name or by path.")
    ],
    space: Annotated[str | None, typer.Option(help="Search space. Default: that of the table.")] = None,
    architectures: Annotated[
        str | None, typer.Option(help="Column that names the architectures. Default: recognised by its name.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option("--scores", help=f"Columns of scores. {_COMMAS} Default: all others of numbers.")
    ] = None,
    seed: Annotated[
        str | None, typer.Option(help="Column that tells the seeds or runs of an architecture apart.")
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="Column that marks architectures whose results were used; they are not ranked.")
    ] = None,
    lower: Annotated[
        str | None, typer.Option("--lower-is-better", help=f"Columns of which lower is better. {_COMMAS}")
    ] = None,
    higher: Annotated[
        str | None, typer.Option("--higher-is-better", help=f"Columns of which higher is better. {_COMMAS}")
    ] = None,
    official_index: Annotated[
        bool, typer.Option("--official-index", help="Integers are the benchmark's own numbers, not positions.")
    ] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out and count rows that name no architecture.")
    ] = False,
    json: Annotated[
        Path | None, typer.Option(help="Write everything to this JSON file; '-' prints it, and nothing else.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a tidy table to this CSV file.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a page, figures, table.md, table.csv and summary.json to this folder.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of compiled tables.")] = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Judge how well scores of yours rank architectures, by stand-alone results of a table."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.judging import rank as judge

    report = judge(
        scores,
        truth=truth,
        space=space,
        architectures=architectures,
        columns=_names(columns),
        seed=seed,
        labels=labels,
        lower_is_better=_names(lower) or (),
        higher_is_better=_names(higher) or (),
        official_index=official_index,
        skip_unknown=skip_unknown,
        cache=cache,
    )
    command = shlex.join(["nasrank", *sys.argv[1:]])
    report = replace(report, header={**report.header, "command": command})
    if for_a_script := json == Path("-"):
        sys.stdout.write(report.to_json())
    else:
        _print(report)
        if json is not None:
            report.to_json(json)
    if csv is not None:
        report.to_csv(csv)
    if out is not None:
        from nasrank.bench.reporting.judged import write  # takes seconds, which the terminal need not wait for

        write(report, out)
    if not for_a_script:
        for path in filter(None, (json, csv, out and out / "index.html")):
            console.print(f"written: {path}", soft_wrap=True)


def gate_scores(report: Path, baseline: Path, *, update: bool) -> None:
    """Fail (exit code 1) when a column of a rank report ranks worse than in the report that is the reference."""
    from rich.text import Text

    from nasrank.bench.foundation.json_files import write_json
    from nasrank.bench.judging.gate import CONFIDENCE, compare, content_of, load

    if update:
        if baseline.exists():
            load(baseline)  # nothing else is replaced
        write_json(baseline, content_of(report))
        console.print(f"wrote {baseline}")
        return
    checks = compare(load(report), load(baseline))
    for check in checks:
        verdict = ("pass", "green") if check.passed else ("FAIL", "bold red")
        console.print(Text.assemble(verdict, f"  {check.column}: {check.text}"), soft_wrap=True)
    failed = [check.column for check in checks if not check.passed]
    if failed:
        console.print(Text.assemble(("the ranking gate fails", "bold red"), f" for {', '.join(failed)}"))
        raise typer.Exit(1)
    console.print(f"the ranking gate passes; intervals are of {CONFIDENCE:.0%}")


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _print(report: RankReport) -> None:
    from nasrank.bench.judging import wording

    console.print(report.answer, style="bold")
    console.print(_grid(wording.short_table(report)))
    console.print(wording.legend(report), style="dim")
    console.print(f"{wording.method(report)}; all of them are in --csv, --json and --out")
    console.print(wording.ceiling_words(report))
    if report.differences:
        console.print(_grid(wording.difference_table(report)))
        more = len(report.differences) - wording.SHOWN_DIFFERENCES
        if more > 0:
            console.print(f"{more} smaller differences are in --csv and --json")
    for note in report.notes:
        console.print(f"- {note}")


def _grid(table: TextTable) -> object:
    from nasrank.bench.commands.table_views import grid

    made = grid(*table.head, right=table.head[1:])
    for row in table.rows:
        made.add_row(*row)
    return made
