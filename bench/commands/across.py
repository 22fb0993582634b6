"""The command `nasrank across`: what several studies of super-nets say together of landmark guidance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.terminal import Terminal

console = Terminal()


def across(
    reports: Annotated[
        list[Path], typer.Argument(help="Folders that 'nasrank run' wrote, two or more, in the order of the report.")
    ],
    out: Annotated[Path, typer.Option(help="Where the report goes, beside those that it is of.")],
) -> None:
    """Set side by side what studies found: tau before landmark guidance and after it, in every space.

    Nothing is trained. Each way to train is read against regressions on the same labels and against how well another
    measurement of the truth agrees with it.
    """
    from nasrank.bench.analysis.across import Across
    from nasrank.bench.reporting.across.report import answer, write
    from nasrank.bench.reporting.overview import summary_in

    if len(reports) < 2:
        raise DataError("one report says all it has to say by itself: name two or more")
    names = [folder.resolve().name for folder in reports]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"two of the reports are called {twice}")
    found = Across.of({name: summary_in(folder) for name, folder in zip(names, reports, strict=True)})
    write(found, out)
    console.print(answer(found), soft_wrap=True, markup=False)
    console.print(f"\nwrote {out / 'README.md'}, and index.html beside it", soft_wrap=True, markup=False)
