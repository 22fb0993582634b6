"""Proves that no figure changed: makes all reports of an earlier revision again and compares each cell of table.csv.

    python tests/migration/figures.py REVISION [STUDY ...]

The stored results, and the table that was made of them, are those of the revision, which must have today's columns; the
code is that of today. Most truths need the data folder (NASRANK_DATA). Ends with code 1 when a cell differs, or when a
line is there once only.
"""

from __future__ import annotations

import csv
import io
import math
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from nasrank.bench.publishing import write_report
from nasrank.bench.runner.kept_truth import truth_table
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.run import completed
from nasrank.bench.runner.truth import seeds_of_truth, truth_of

SHOWN = 100
"""Characters of what a line is of that a message shows."""

NUMBERS = {"value", "low", "high", "n", "status"}
"""Columns that do not say of what a line is."""


def differences(before: str, now: str) -> list[str]:
    """Cells that differ between two CSV files, each with its line and column; numbers may differ by a rounding error.

    The last of six decimals is where processors differ.
    """
    old, new = (list(csv.DictReader(io.StringIO(text))) for text in (before, now))
    found = [f"{len(old)} lines are {len(new)} now"] if len(old) != len(new) else []
    for number, (one, other) in enumerate(zip(old, new, strict=False), start=2):
        for column in one.keys() | other.keys():
            if not _equal(one.get(column), other.get(column)):
                key = ",".join(text for name, text in one.items() if name not in NUMBERS)[:SHOWN]
                found.append(f"line {number} ({key}), {column}: {one.get(column)} is {other.get(column)} now")
    return found


def _equal(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    try:
        return math.isclose(float(one or ""), float(other or ""), rel_tol=0, abs_tol=1.5e-6)
    except ValueError:
        return False


def compare(study: Path, made: Path) -> tuple[int, list[str]]:
    """How many cells the table of a report has, and in what they differ from those of one that is made of it."""
    results = study / "results"
    design = Store(results).read().design
    table = truth_table(design, results)
    truth = truth_of(design.study, table)
    with completed(Store(results), truth) as whole:
        write_report(whole.folder, made, truth, seeds=seeds_of_truth(design.study, table))
    before, now = ((folder / "table.csv").read_text(encoding="utf-8") for folder in (study, made))
    return sum(map(len, csv.reader(io.StringIO(before)))), differences(before, now)


def main(revision: str, studies: list[str]) -> int:
    """Compares, prints and returns the exit code."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", revision, "reports"], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        for path in sorted(Path(folder, "reports").glob("*/results")):
            study = path.parent
            if studies and study.name not in studies:
                continue
            cells, found = compare(study, Path(folder, "made", study.name))
            print(f"{study.name}: {cells:,} cells, {len(found)} differ", *found, sep="\n  ", flush=True)
            failed |= bool(found)
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
