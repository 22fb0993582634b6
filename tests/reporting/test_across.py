"""One question over several studies: what stands there is what their own reports have."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from nasrank.bench.analysis.across import Across
from nasrank.bench.commands.main import app
from nasrank.bench.foundation.files import DataError
from nasrank.bench.reporting.across.report import FILES, answer, report_texts
from nasrank.bench.reporting.kinds import kind_of_report
from nasrank.bench.reporting.overview import summary_in

REPORTS = Path(__file__).parents[2] / "reports"
NAMES = ("nago", "darts")


@pytest.fixture(scope="module")
def across() -> Across:
    return Across.of({name: summary_in(REPORTS / name) for name in NAMES})


def frame_of(name: str) -> pd.DataFrame:
    """The mean over seeds of tau on the pool, from the report's own long table."""
    frame = pd.read_csv(REPORTS / name / "table.csv", keep_default_na=False)
    return frame[(frame.metric == "tau") & (frame.part == "") & (frame.seed == "")]


def test_numbers_are_those_of_the_studies(across: Across) -> None:
    for study in across.studies:
        frame = frame_of(study.name)
        summary = json.loads((REPORTS / study.name / "summary.json").read_text(encoding="utf-8"))
        pairs = {pair["name"]: pair for pair in summary["pairs"]}
        assert [row.name for row in study.rows] == list(pairs)
        for row in study.rows:
            pair = pairs[row.name]
            of_nets = frame[(frame.estimator == "super-net") & (frame.score == pair["score"])]
            means = of_nets[of_nets.base == ""].set_index("arm").value.astype(float)
            assert (row.before, row.after) == (means[pair["before"]], means[pair["after"]])
            gains = of_nets[(of_nets.base == pair["before"]) & (of_nets.arm == pair["after"])].iloc[0]
            assert (row.gain, row.low, row.high) == tuple(map(float, (gains.value, gains.low, gains.high)))
            assert row.status == gains.status
            best = frame[(frame.estimator == "best_on_labels") & (frame.arm == pair["labels_of"]) & (frame.base == "")]
            assert row.best == float(best.value.iloc[0])
            margin = frame[(frame.arm == pair["after"]) & (frame.base == "best_on_labels")]
            assert row.against_best == margin.status.iloc[0]
        free = frame[frame.estimator.isin(["parameters", "multiply_adds"]) & (frame.base == "")].value.astype(float)
        assert study.free == free.max()


def test_the_answer_counts_what_is_decided(across: Across) -> None:
    rows = [row for study in across.studies for row in study.rows]
    gains = sum(row.status == "better" for row in rows)
    beaten = sum(row.against_best == "worse" for row in rows)
    assert f"a decided gain in {gains} of {len(rows)} ways to train, over 2 search spaces" in answer(across)
    assert f"ranks decidedly better than {beaten} of the guided super-nets" in answer(across)


@pytest.mark.slow
def test_the_report_is_made_of_its_summary_alone(across: Across) -> None:
    texts = report_texts(across)
    assert sorted(texts) == sorted(FILES)
    kind = kind_of_report(texts["summary.json"])
    assert kind is not None
    assert kind.texts(texts["summary.json"]) == texts
    assert kind.answer(texts["summary.json"]) == answer(across)
    table = pd.read_csv(REPORTS / "nago" / "table.csv")
    assert len(texts["table.csv"].splitlines()) == 1 + len(across.rows) < len(table)
    for study in across.studies:
        assert f"[{study.title}](../{study.name}/README.md)" in texts["README.md"]
        assert study.space in texts["across.svg"]


def test_studies_of_one_space_are_told_apart_by_their_truth() -> None:
    summary = summary_in(REPORTS / "nago")
    texts = report_texts(Across.of({"one": summary, "other": summary}))
    assert "nago, nago-cifar10-16" in texts["README.md"]
    assert "over 1 search spaces" not in texts["README.md"]


def test_a_damaged_summary_is_told(across: Across) -> None:
    with pytest.raises(DataError, match=r"summary\.json is not as this version writes it"):
        Across.from_text(across.to_text().replace('"rows"', '"lines"'))


class TestTheCommand:
    def run(self, *arguments: str | Path):
        return CliRunner().invoke(app, ["across", *map(str, arguments)])

    def test_it_writes_the_report(self, across: Across, tmp_path: Path) -> None:
        done = self.run(*(REPORTS / name for name in NAMES), "--out", tmp_path / "across")
        assert done.exit_code == 0, done.output
        texts = report_texts(across)
        for name in FILES:
            assert (tmp_path / "across" / name).read_text(encoding="utf-8") == texts[name]

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            (["nago"], "name two or more"),
            (["nago", "nago"], "two of the reports are called nago"),
            (["nago", "nowhere"], "holds no report: there is no summary.json in it"),
            (["nago", "tables-nago"], "holds a report of the kind 'tables', and none of super-nets"),
        ],
    )
    def test_what_it_cannot_set_side_by_side_is_refused(self, names, words: str, tmp_path: Path) -> None:
        done = self.run(*(REPORTS / name for name in names), "--out", tmp_path / "across")
        assert isinstance(done.exception, DataError) or done.exit_code == 2
        assert words in f"{done.exception}{done.output}"
        assert not (tmp_path / "across").exists()

    def test_another_report_is_not_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "README.md").write_text("mine")
        done = self.run(*(REPORTS / name for name in NAMES), "--out", tmp_path)
        assert done.exit_code != 0
        assert (tmp_path / "README.md").read_text() == "mine"
