"""The command: tables in, the report of a table study out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from documentation import blocks
from matplotlib.axes import Axes
from small_tables import GENERATORS, TEXT, measured, small_study, study_of

from nasrank.bench.analysis.table_summary import TableSummary
from nasrank.bench.reporting.kinds import kind_of_report
from nasrank.bench.reporting.table_studies import nested, report_texts, strips
from nasrank.bench.table_studies.folder import TableFolder
from nasrank.bench.table_studies.measured import measure

Command = Callable[..., tuple[int, str, str]]
FILES = {"README.md", "index.html", "table.csv", "summary.json", "groups.svg", "results"}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_study_is_run_and_its_report_is_made_anew(command: Command, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    code, said, complained = command("run", str(study), "--out", str(out), "--quick")
    assert code == 0, complained
    assert "A convolution is better than pooling: holds, with +" in said
    assert {path.name for path in out.iterdir()} == FILES
    before = {name: (out / name).read_bytes() for name in FILES - {"results"}}
    text = before["summary.json"].decode()
    claim = json.loads(text)["claims"][0]
    assert claim["status"] == "holds"
    assert claim["low"] > 1
    rows = list(csv.DictReader((out / "table.csv").open(encoding="utf-8")))
    assert [(row["name"], row["what"]) for row in rows if row["kind"] == "claim"] == [
        ("better", "holds"),
        ("told-apart", "holds"),
    ]
    shown = before["README.md"].decode()
    assert "| a convolution first" in shown
    assert "at least 50 %" in shown
    assert shown.count("holds") >= 4
    (out / "README.md").unlink()
    assert command("report", str(out))[0] == 0
    assert {name: (out / name).read_bytes() for name in FILES - {"results"}} == before
    kind = kind_of_report(text)
    assert kind is not None
    assert kind.texts(text) == {name: content.decode() for name, content in before.items()}
    assert kind.answer(text) in shown


@pytest.mark.slow
def test_the_example_of_the_documentation(command: Command, tmp_path: Path) -> None:
    (text,) = (one.text for one in blocks("docs/how-to/search-spaces.md") if 'kind = "tables"' in one.text)
    path = tmp_path / "example.toml"
    path.write_text(text, encoding="utf-8")
    code, said, complained = command("run", str(path), "--out", str(tmp_path / "out"))
    assert code == 0, complained
    assert "those that begin with pooling: holds" in " ".join(said.split())
    assert "Seeds decide less than cells: holds" in " ".join(said.split())


def test_perplexities_bounds_and_agreement_are_told_as_such() -> None:
    claims = (
        '{"says": "Every run is bad", "group": "one", "every_run_above": 6.5}',
        '{"says": "They rank alike", "group": "one", "against": "other", "by": "tau", "at_least": 0.5}',
        '{"says": "One is better", "group": "one", "against": "other", "at_least": 1.0}',
    )
    study = study_of(*claims).model_copy(update={"metric": "perplexity"})
    values = np.linspace(7, 9, 24).reshape(2, 12)
    groups = {"one": measured("nb201", values), "other": measured("nb201", values + 2)}
    texts = report_texts(TableSummary.of(study, groups, {"python": "3"}))
    page = texts["README.md"]
    assert "Of 3 claims, stated beforehand, 3 hold: Every run is bad, with 7.00 to 9.00 of perplexity; " in page
    assert "They rank alike, with 1.000 [1.000, 1.000] of tau-b; " in page
    assert "One is better, with +2.00 [2.00, 2.00] of perplexity." in page
    assert "every run above 6.50" in page
    assert "other minus one, paired over architectures" in page
    assert "Of perplexity, less is better" in page
    assert "perplexity (lower is better)" in page
    assert "perplexity (lower is better)" in texts["groups.svg"]
    for text in texts.values():
        assert "accurac" not in text.lower().replace("accuracy, epochs", "")
    assert "mean perplexity" in texts["table.csv"]


@pytest.mark.parametrize(
    ("bound", "said"),
    [(6.5, "Of 3 claims, stated beforehand, 1 holds: "), (9.5, "3 claims, stated beforehand, none hold.")],
)
def test_many_claims_are_counted_before_those_that_hold_are_named(bound: float, said: str) -> None:
    claims = (
        f'{{"says": "Every run is good", "group": "one", "every_run_above": {bound}}}',
        '{"says": "One is much better", "group": "one", "against": "other", "at_least": 10.0}',
        '{"says": "One is far better", "group": "one", "against": "other", "at_least": 20.0}',
    )
    study = study_of(*claims).model_copy(update={"metric": "mean_iou"})
    values = np.linspace(7, 9, 24).reshape(2, 12)
    groups = {"one": measured("nb201", values), "other": measured("nb201", values + 2)}
    page = report_texts(TableSummary.of(study, groups, {"python": "3"}))["README.md"]
    assert said in page
    assert "mean IoU, %" in page
    assert "one minus other" in page
    assert "less is better" not in page
    assert page.count("**The table x.** invented") == 1, "of which both groups are"


@pytest.mark.slow
def test_without_claims_the_means_are_the_answer(command: Command, study: Path, tmp_path: Path) -> None:
    study.write_text(TEXT.partition("[claims")[0], encoding="utf-8")
    code, said, complained = command("run", str(study), "--out", str(tmp_path / "out"))
    assert code == 0, complained
    assert "architectures (a convolution first) is " in " ".join(said.split())
    assert "Claims" not in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_the_tables_cannot_answer_is_refused_before_anything_is_written(
    command: Command, study: Path, tmp_path: Path
) -> None:
    study.write_text(TEXT.replace('share = "architectures"', 'share = "generators"'), encoding="utf-8")
    code, _, complained = command("run", str(study), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "the variance of conv lies between architectures, training seeds" in complained
    assert not (tmp_path / "out").exists()


def test_another_report_is_not_overwritten(command: Command, study: Path, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"kind": "labels"}', encoding="utf-8")
    code, _, complained = command("run", str(study), "--out", str(tmp_path))
    assert code == 2
    assert "holds summary.json of something else" in complained


@pytest.mark.slow
def test_runs_are_read_as_they_were_kept(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    folder, runs = TableFolder(tmp_path), measure(study)
    assert not folder.is_there
    folder.keep(study, runs)
    again, found, versions = folder.read()
    assert again == study
    assert {"python", "torch"} <= versions.keys()
    for name, one in runs.items():
        assert (found[name].architectures, found[name].seeds) == (one.architectures, one.seeds)
        assert found[name].values.tolist() == one.values.tolist()
        assert (found[name].space, found[name].protocol) == (one.space, one.protocol)


@pytest.mark.slow
@pytest.mark.parametrize(("file", "content"), [("study.json", '{"study": {}}'), ("measured.parquet", "no table")])
def test_what_is_not_as_it_was_kept_is_refused(command: Command, tmp_path: Path, file: str, content: str) -> None:
    study = small_study(tmp_path)
    TableFolder(tmp_path).keep(study, measure(study))
    (tmp_path / "results" / file).write_text(content, encoding="utf-8")
    code, _, complained = command("report", str(tmp_path))
    assert code == 2
    assert file in complained


@pytest.mark.slow
def test_a_group_of_one_architecture_shows_its_runs(monkeypatch) -> None:
    drawn: list[np.ndarray] = []
    plot = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, *args, **how: (drawn.append(args[0]), plot(self, *args, **how))[1])
    groups = {"one": measured("nb201", [[50.0], [70.0], [66.0]]), "other": measured("nb201", [[50.0, 60.0]] * 3)}
    summary = TableSummary.of(study_of(), groups, {"python": "3"})
    assert (summary.row("one").runs, summary.row("other").runs) == ((50.0, 70.0, 66.0), ())
    shown = strips.draw(summary)
    assert drawn[0] == (50.0, 70.0, 66.0)
    assert "a training run of the only one" in shown
    drawn.clear()
    alone = strips.draw(TableSummary.of(study_of(), dict.fromkeys(groups, groups["other"]), {"python": "3"}))
    assert drawn[0] == (50.0, 60.0)
    assert "only one" not in alone


def test_members_of_units_are_drawn_beside_each_other_from_the_worst_unit_to_the_best(monkeypatch) -> None:
    """Five generators with three graphs each; a group without levels has no panel."""
    drawn: list[np.ndarray] = []
    plot = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, *args, **how: (drawn.append(args[1]), plot(self, *args, **how))[1])
    values = np.add.outer([0.0, 0.5], np.repeat([3.0, 1.0, 5.0, 2.0, 4.0], 3) + np.tile([0.0, 0.1, -0.1], 5)) + 60
    study = study_of()
    groups = {"one": measured("nago", values, GENERATORS), "other": measured("nb201", values)}
    summary = TableSummary.of(study, groups, {"python": "3"})
    assert (summary.row("one").level, summary.row("other").level) == ("generators", "")
    assert "between generators" in (nested.draw(summary) or "")
    np.testing.assert_allclose(drawn[-1], [61.25, 62.25, 63.25, 64.25, 65.25], atol=1e-6)
    np.testing.assert_allclose(np.sort(drawn[1]), [61.15, 61.25, 61.35], atol=1e-6)
    texts = report_texts(summary)
    assert "](nested.svg)" in texts["README.md"]
    assert texts["nested.svg"].count("5 generators") == 1
    assert (
        "The mean accuracy of 15 architectures (one) is 63.25 %; of the variance of a single run, 95 % lie between "
        "generators, 5 % between training seeds and 0 % between graphs of one generator. "
        "The mean accuracy of 15 architectures (other) is 63.25 %; "
    ) in texts["README.md"]
    alone = TableSummary.of(study, dict.fromkeys(groups, groups["other"]), {"python": "3"})
    assert nested.draw(alone) is None
    assert "nested.svg" not in report_texts(alone)["README.md"]
