"""`nasrank frame` and `nasrank.load_results` on reports that are not of super-nets: they say what reads these."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import nasrank
from nasrank.bench.foundation.files import DataError
from nasrank.bench.reporting.kinds import REPORT_KINDS
from nasrank.bench.reporting.other_reports import OTHER_REPORTS


def report_of(kind: str, folder: Path, *results: str) -> Path:
    """A folder as such reports have it."""
    (folder / "summary.json").write_text(json.dumps({"kind": kind, "title": "one"}))
    (folder / "table.csv").write_text("protocol,part\nbest,all\n")
    if results:
        (folder / "results").mkdir()
        for name in results:
            (folder / "results" / name).touch()
    return folder


@pytest.mark.parametrize("kind", [*OTHER_REPORTS, "mine"])
def test_a_report_of_another_kind_is_named_with_what_reads_it(kind, command, tmp_path):
    """It was "no table of this version", and 'nasrank report' was to make it anew."""
    folder = report_of(kind, tmp_path, "runs.parquet")
    code, _, err = command("frame", folder)
    words = OTHER_REPORTS.get(kind, "a report of the kind 'mine'")
    holds = f"{folder} holds {words}: pandas.read_csv reads the numbers in its table.csv, and"
    assert code == 2
    assert f"'nasrank frame' reads reports of super-nets, and {holds}" in err
    assert "anew" not in err
    for place in (folder, folder / "results"):
        with pytest.raises(DataError) as refusal:
            nasrank.load_results(place)
        assert str(refusal.value) == (
            f"nasrank.load_results reads studies of super-nets, and {holds} pandas.read_parquet the results in "
            "results/runs.parquet"
        )


def test_several_results_and_none(tmp_path):
    for name, results, words in (
        ("several", ("a.parquet", "b.parquet"), "results in results/*.parquet, each by itself"),
        ("none", (), "the numbers in its table.csv"),
    ):
        (tmp_path / name).mkdir()
        with pytest.raises(DataError) as refusal:
            nasrank.load_results(report_of("tables", tmp_path / name, *results))
        assert str(refusal.value).endswith(words)


def test_every_kind_of_report_has_words():
    assert set(REPORT_KINDS) < set(OTHER_REPORTS)
    assert "rank report" in OTHER_REPORTS


@pytest.mark.parametrize("summary", ["", "[]", "{}", '{"kind": 3}', "{"])
def test_an_old_report_on_supernets_is_to_be_made_anew(summary, command, tmp_path):
    (tmp_path / "summary.json").write_text(summary)
    (tmp_path / "table.csv").write_text("arm,tau\nspos,0.5\n")
    code, _, err = command("frame", tmp_path)
    assert code == 2
    assert "is no table of this version: a frame has the columns arm, base" in err
    assert f"'nasrank report {tmp_path}' makes it anew" in err
    with pytest.raises(ValueError, match=r"design\.json does not exist"):
        nasrank.load_results(tmp_path)
