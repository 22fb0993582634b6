"""The committed reports are what the code of today makes of their stored results; one that is older is stale.

Where the truth comes with nasrank or from PyPI, the whole report is made again. Of every report, also where the truth
is not at hand, the tables are made again from its summary.json and table.csv, and so is the page that leads to all. If
a test here fails after a change of the reporting, make the report that it names anew: `nasrank report reports/STUDY`.

Numbers may differ in their last digits, since processors round differently; everything else must be equal.
"""

from __future__ import annotations

import math
import re
from itertools import zip_longest
from pathlib import Path

import pytest

from nasrank.bench.publishing import write_report
from nasrank.bench.reporting import Summary
from nasrank.bench.reporting.kinds import kind_of_report
from nasrank.bench.reporting.overview import others_in, overview, studies_in
from nasrank.bench.reporting.printing import latex, markdown, study_readme
from nasrank.bench.runner.output import RECORD
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.truth import reopen_truth, seeds_of_truth, truth_of

pytestmark = pytest.mark.slow

REPORTS = Path(__file__).parents[2] / "reports"
SUMMARIES = [path for path in sorted(REPORTS.glob("*/summary.json")) if (path.parent / "results").is_dir()]
KINDS = {path.parent.name: kind_of_report(path.read_text(encoding="utf-8")) for path in SUMMARIES}
STUDIES = [name for name, kind in KINDS.items() if kind is None]
OTHERS = [name for name, kind in KINDS.items() if kind is not None]
AT_HAND = ["nb101", "nb201"]
"""Studies whose truth needs no data folder."""

NUMBER = re.compile(r"(?<![\w#])[-+−]?\d+(?:\.\d+)?(?:e-?\d+)?")


def differences(committed: str, fresh: str) -> list[str]:
    """Lines that differ in more than the last digits of a number, at most three of them."""
    found = []
    for number, (old, new) in enumerate(zip_longest(committed.splitlines(), fresh.splitlines()), start=1):
        if old != new and not (old and new and _alike(old, new)):
            found.append(f"line {number}: {_part(old, new)} is now {_part(new, old)}")
    return found[:3]


def _part(line: str | None, other: str | None) -> str:
    """Of a line, where it begins to differ from another one."""
    if line is None:
        return "nothing"
    if other is None:
        return repr(line[:100])
    start = max(next(place for place, (one, two) in enumerate(zip_longest(line, other)) if one != two) - 20, 0)
    return repr(line[start : start + 100])


def _alike(old: str, new: str) -> bool:
    if NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(one == other or _close(one, other) for one, other in pairs)


def _close(one: str, other: str) -> bool:
    """Within a unit of the last digit, or, of the many digits of a drawing, within a millionth."""
    decimals = min(len(text.partition(".")[2]) for text in (one, other))
    values = [float(text.replace("−", "-")) for text in (one, other)]
    return math.isclose(*values, rel_tol=1e-6, abs_tol=1.5 * 10**-decimals if decimals else 0.0)


def test_other_words_and_other_numbers_differ_and_last_digits_do_not() -> None:
    assert not differences("tau −0.123 of #4 x1", "tau −0.124 of #4 x1")
    assert differences("tau −0.123", "tau 0.123")
    assert differences("tau 0.123", "tau 0.126")
    assert differences("12 cells", "13 cells")
    assert differences("one\ntwo", "one")
    assert differences("one\n\n", "one") == ["line 2: '' is now nothing"]
    assert differences("gain", "change") == ["line 1: 'gain' is now 'change'"]


@pytest.mark.parametrize("study", AT_HAND)
def test_a_report_made_again_is_the_committed_one(study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    results = REPORTS / study / "results"
    design = Store(results).read().design
    table = reopen_truth(design)
    seeds = seeds_of_truth(design.study, table)
    write_report(results, tmp_path, truth_of(design.study, table), seeds=seeds)
    committed, fresh = (
        {path.name for path in folder.iterdir() if path.is_file()} - {RECORD} for folder in (REPORTS / study, tmp_path)
    )
    assert fresh == committed
    stale = {
        name: found
        for name in fresh
        if (
            found := differences(
                *((folder / name).read_text(encoding="utf-8") for folder in (REPORTS / study, tmp_path))
            )
        )
    }
    assert not stale


@pytest.mark.parametrize("study", STUDIES)
def test_the_tables_of_a_report_are_those_of_its_summary_and_frame(study: str) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (REPORTS / study).iterdir() if path.is_file()}
    summary = Summary.from_texts(texts["summary.json"], texts["table.csv"])
    assert summary.to_text() == texts["summary.json"]
    assert summary.frame.to_csv() == texts["table.csv"]
    for name, render in (("README.md", study_readme), ("table.md", markdown), ("table.tex", latex)):
        assert not differences(texts[name], render(summary)), name


@pytest.mark.parametrize("name", OTHERS)
def test_a_report_of_another_kind_is_that_of_its_summary(name: str) -> None:
    kind = KINDS[name]
    assert kind is not None
    fresh = kind.texts((REPORTS / name / "summary.json").read_text(encoding="utf-8"))
    for file, text in fresh.items():
        assert not differences((REPORTS / name / file).read_text(encoding="utf-8"), text), file


def test_what_came_out_is_what_the_reports_say_together() -> None:
    """If this fails alone, it is `nasrank overview reports` that is to be given."""
    assert (REPORTS / "README.md").read_text(encoding="utf-8") == overview(studies_in(REPORTS), others_in(REPORTS))
