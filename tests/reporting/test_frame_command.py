"""`nasrank frame`: every number that a report prints is in the lines that the command beside it prints."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tracing import numbers_in, numbers_of

from nasrank.bench.analysis.frame import COLUMNS, Finding, Frame
from nasrank.bench.reporting import Summary
from nasrank.bench.reporting.page import inputs
from nasrank.bench.reporting.sections import main_table, sections
from nasrank.bench.reporting.tables import Table

Command = Callable[..., tuple[int, str, str]]


def words_of(table: Table, report: Path) -> list[str]:
    """Of the command that the page prints below a table."""
    nasrank, *words = shlex.split(inputs(table).replace("FOLDER", shlex.quote(str(report))))
    assert nasrank == "nasrank"
    return words


@pytest.mark.slow
def test_every_number_of_a_table_is_in_the_lines_that_its_command_prints(
    report: Path, summary: Summary, command: Command
) -> None:
    seen = 0
    for table in (main_table(summary), *sections(summary)):
        if not table.where:
            assert table.key == "published", "those of others are in no frame"
            continue
        code, out, err = command(*words_of(table, report))
        assert (code, err) == (0, "")
        found = numbers_in(table)
        assert found <= numbers_of(summary, Frame.from_csv(out)), table.key
        seen += len(found)
    assert seen > 100


@pytest.mark.slow
def test_the_main_table_is_made_of_a_line_for_each_of_its_numbers(
    report: Path, summary: Summary, command: Command
) -> None:
    _, out, _ = command(*words_of(main_table(summary), report))
    lines = {tuple(line[name] for name in COLUMNS[:5]): line for line in csv.DictReader(io.StringIO(out))}
    for pair in summary.pairs:
        keys = [("", pair.before), ("", pair.after), (pair.before, pair.after), ("label_matched", pair.after)]
        expected = [summary.level(pair, False), summary.level(pair, True), summary.gain(pair)]
        expected.append(summary.margin(pair, "label_matched"))
        for (base, arm), one in zip(keys, expected, strict=True):
            line = lines[arm, base, "super-net", "", pair.score]
            assert [float(line[name]) for name in ("value", "low", "high")] == pytest.approx(one[7:10], abs=1e-6)
            assert (int(line["n"]), line["status"]) == (60, one.status)


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        (["metric=tau"], lambda line: line.metric == "tau"),
        (["metric=tau", "seed=1"], lambda line: line.metric == "tau" and line.seed == 1),
        (["metric=tau", "metric=spearman"], lambda line: line.metric in ("tau", "spearman")),
        (["seed=", "arm=spos-plain"], lambda line: line.seed is None and line.arm == "spos-plain"),
        (["metric=none"], lambda line: False),
    ],
    ids=["one", "two columns", "one of two", "empty", "nothing"],
)
def test_values_of_one_column_are_either_and_of_several_all(
    where: list[str], holds: Callable[[Finding], bool], report: Path, command: Command
) -> None:
    every = Frame.from_csv((report / "table.csv").read_text(encoding="utf-8"))
    options = [word for one in where for word in ("--where", one)]
    assert command("frame", report, *options)[1] == Frame(tuple(filter(holds, every))).to_csv()


@pytest.mark.slow
def test_a_file_of_it_is_the_same_to_pandas_in_either_format(report: Path, tmp_path: Path, command: Command) -> None:
    code, said, _ = command("frame", report, "--out", tmp_path / "x.parquet")
    assert code == 0
    lines = pd.read_csv(report / "table.csv", dtype={"seed": "Int64"}, keep_default_na=False, na_values=[""])
    assert said.split()[:3] == ["wrote", str(len(lines)), "lines"]
    command("frame", report, "--out", tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == (report / "table.csv").read_bytes()
    stored = pd.read_parquet(tmp_path / "x.parquet")
    assert stored["seed"].dtype == "Int64"
    texts = [name for name in COLUMNS if name not in ("seed", "value", "low", "high", "n")]
    pd.testing.assert_frame_equal(stored, lines.fillna(dict.fromkeys(texts, "")), check_dtype=False)
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv", "x.parquet"}, "nothing half written"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--where", "metrik=tau"], r"--where 'metrik=tau' is not COLUMN=VALUE with one of the columns arm, base, .*"),
        (["--where", "metric"], r"--where 'metric' is not COLUMN=VALUE with one of the columns arm, base, .*"),
        (["--out", "x.xlsx"], r"x\.xlsx is neither a \.csv nor a \.parquet file"),
    ],
    ids=["no column", "no value", "other suffix"],
)
def test_a_mistake_is_one_line(
    words: list[str], complaint: str, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command("frame", report, *words)
    assert (code, out) == (2, "")
    assert re.fullmatch(rf"nasrank: {complaint}\n", err)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_report_says_how_to_get_one(tmp_path: Path, command: Command) -> None:
    code, _, err = command("frame", tmp_path)
    assert code == 2
    assert err == (
        f"nasrank: {tmp_path} holds no report: it has no table.csv. 'nasrank report {tmp_path}' makes one of results\n"
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind,name,value\n", "a frame has the columns arm, base, .*, not kind, name, value"),
        (f"{','.join(COLUMNS)}\na,,super-net,,accuracy,tau,,half,,,60,\n", ".*half.*"),
    ],
    ids=["of an earlier version", "no number"],
)
def test_a_table_that_is_no_frame_is_named(text: str, complaint: str, tmp_path: Path, command: Command) -> None:
    (tmp_path / "table.csv").write_text(text)
    code, _, err = command("frame", tmp_path)
    assert code == 2
    assert re.fullmatch(rf"nasrank: .*{re.escape(str(tmp_path / 'table.csv'))}.*{complaint}.*\n", err)
