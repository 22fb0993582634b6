"""The command `nasrank frame`: every number of a report as one tidy table, or the lines that a figure was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.foundation.files import DataError, replacing
from nasrank.bench.foundation.terminal import Terminal

console = Terminal()


def frame(
    folder: Annotated[
        Path, typer.Argument(help="A report on super-nets that 'nasrank run' wrote, such as reports/nb201.")
    ],
    where: Annotated[
        list[str],
        typer.Option(
            help="Only lines that have this value in this column: metric=tau. May be repeated: for another column, or "
            "for another value that the column may have."
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    out: Annotated[Path | None, typer.Option(help="Write a .csv or .parquet file instead of printing.")] = None,
) -> None:
    """Every number of a report as one table: arm, base, estimator, seed, score, metric, part, value and interval."""
    from nasrank.bench.analysis.frame import COLUMNS, Frame

    table = folder / "table.csv"
    if not table.is_file():
        raise DataError(
            f"{folder} holds no report: it has no table.csv. 'nasrank report {folder}' makes one of results"
        )
    try:
        found = Frame.from_csv(table.read_text(encoding="utf-8"))
    except ValueError as error:
        from nasrank.bench.reporting.other_reports import other_report

        if other := other_report(folder):
            raise DataError(f"'nasrank frame' reads reports of super-nets, and {other}") from None
        raise DataError(
            f"{table} is no table of this version: {error}; 'nasrank report {folder}' makes it anew"
        ) from None
    wanted: dict[str, set[str]] = {}
    for one in where:
        column, equals, value = one.partition("=")
        if not equals or column not in COLUMNS:
            raise DataError(f"--where {one!r} is not COLUMN=VALUE with one of the columns {', '.join(COLUMNS)}")
        wanted.setdefault(column, set()).add(value)
    lines = (line for line in found if all(_text(getattr(line, column)) in values for column, values in wanted.items()))
    found = Frame(tuple(lines))
    if out is None:
        console.print(found.to_csv().rstrip("\n"), markup=False, highlight=False, soft_wrap=True)
        return
    if out.suffix not in (".csv", ".parquet"):
        raise DataError(f"{out} is neither a .csv nor a .parquet file")
    with replacing(out) as path:
        if out.suffix == ".csv":
            path.write_text(found.to_csv(), encoding="utf-8")
        else:
            found.to_pandas().to_parquet(path, index=False)
    console.print(f"wrote {len(found):,} lines to {out}", markup=False)


def _text(value: object) -> str:
    return "" if value is None else f"{value}"


def overview(folder: Annotated[Path, typer.Argument(help="A folder of reports, such as reports or runs.")]) -> None:
    """Write README.md of a folder of reports: what they say together, in a minute, and each in a sentence."""
    from nasrank.bench.reporting.overview import others_in, studies_in
    from nasrank.bench.reporting.overview import overview as text_of

    studies, others = studies_in(folder), others_in(folder)
    with replacing(folder / "README.md") as path:
        path.write_text(text_of(studies, others), encoding="utf-8")
    console.print(
        f"wrote {folder / 'README.md'}: what {len(studies) + len(others)} reports say", markup=False, soft_wrap=True
    )
