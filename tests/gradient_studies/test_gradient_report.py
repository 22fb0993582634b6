"""The command: a study in, the report of its gradients out."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from documentation import blocks
from small_gradients import TEXT, small_study, summary_of

from nasrank.bench.gradient_studies.folder import GradientFolder
from nasrank.bench.gradient_studies.measured import measure
from nasrank.bench.reporting.gradient_studies import report_texts
from nasrank.bench.reporting.gradient_studies.tables import of_log, size
from nasrank.bench.reporting.kinds import kind_of_report

Command = Callable[..., tuple[int, str, str]]
FILES = {"README.md", "index.html", "table.csv", "summary.json", "depths.svg", "layers.svg", "results"}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_study_is_run_and_its_report_is_made_anew(command: Command, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    code, said, complained = command("run", str(study), "--out", str(out))
    assert code == 0, complained
    assert "Skip connections make gradients smaller: holds, with a ratio of " in " ".join(said.split())
    assert "Gradients explode with depth: does not hold, with a slope of " in " ".join(said.split())
    assert {path.name for path in out.iterdir()} == FILES
    before = {name: (out / name).read_bytes() for name in FILES - {"results"}}
    text = before["summary.json"].decode()
    rows = list(csv.DictReader((out / "table.csv").open(encoding="utf-8")))
    assert len([row for row in rows if row["what"] == "norm"]) == 2 * (3 + 6 + 9)
    assert [row["what"] for row in rows if row["kind"] == "claim"] == ["holds", "does not hold"]
    shown = before["README.md"].decode()
    assert shown.index("does not hold") < shown.index("depths.svg") < shown.index("layers.svg") < shown.index("## ")
    (out / "README.md").unlink()
    assert command("report", str(out))[0] == 0
    assert {name: (out / name).read_bytes() for name in FILES - {"results"}} == before
    kind = kind_of_report(text)
    assert kind is not None
    assert kind.texts(text) == {name: content.decode() for name, content in before.items()}
    assert kind.answer(text) in " ".join(shown.replace("\\", "").split())
    assert command("run", str(study), "--out", str(out), "--quick")[0] == 0
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["study"]["seeds"] == 3


@pytest.mark.slow
def test_the_example_of_the_documentation(command: Command, tmp_path: Path) -> None:
    (text,) = (one.text for one in blocks("docs/how-to/search-spaces.md") if 'kind = "gradients"' in one.text)
    path = tmp_path / "example.toml"
    path.write_text(text, encoding="utf-8")
    code, said, complained = command("run", str(path), "--out", str(tmp_path / "out"), "--quick")
    assert code == 0, complained
    assert "a ratio of " in " ".join(said.split())


@pytest.mark.slow
def test_the_folder_of_reports_says_what_came_out(command: Command, study: Path, tmp_path: Path) -> None:
    assert command("run", str(study), "--out", str(tmp_path / "reports" / "small"))[0] == 0
    assert command("overview", str(tmp_path / "reports"))[0] == 0
    page = (tmp_path / "reports" / "README.md").read_text(encoding="utf-8")
    assert "| [small](small/README.md) | Skip connections make gradients smaller" in page


def test_without_claims_the_slopes_are_the_answer(tmp_path: Path) -> None:
    norms = {depth: np.full((4, 2), 1.0 / depth) * [[1], [1.1], [1.2], [1.3]] for depth in (1, 2, 3)}
    summary = summary_of(tmp_path, {"plain": norms, "skip": norms}, TEXT.partition("[claims")[0])
    page = report_texts(summary)["README.md"]
    assert "convolutions alone: a slope of log norm on log cells per stage of −1.00 [−1.00, −1.00]." in page
    assert "Claims, stated" not in page


def test_what_has_no_value_is_said_and_drawn(tmp_path: Path) -> None:
    norms = {depth: np.exp(np.random.default_rng(depth).normal(size=(4, depth))) for depth in (1, 2, 3)}
    broken = {**norms, 3: np.zeros((4, 3))}
    texts = report_texts(summary_of(tmp_path, {"plain": broken, "skip": norms}))
    assert "Skip connections make gradients smaller: a gradient is zero or not finite. Gradients" in "".join(
        texts["README.md"].replace("\\", "")
    )
    assert "with skip connections: slope n/a" not in texts["depths.svg"]
    assert "convolutions alone: slope n/a" in texts["depths.svg"]
    assert "nan" not in texts["table.csv"].replace("explode", "")


@pytest.mark.parametrize(
    ("value", "text"), [(2.5, "2.50"), (12.0, "12.0"), (123.4, "123"), (0.0123, "0.0123"), (1.234e-7, "1.23e−7")]
)
def test_sizes_have_three_digits(value: float, text: str) -> None:
    assert size(value) == of_log(math.log(value)) == text


def test_another_report_is_not_overwritten(command: Command, study: Path, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"kind": "tables"}', encoding="utf-8")
    code, _, complained = command("run", str(study), "--out", str(tmp_path))
    assert code == 2
    assert "holds summary.json of something else" in complained


def test_options_of_supernets_are_refused(command: Command, study: Path, tmp_path: Path) -> None:
    code, _, complained = command("run", str(study), "--dry-run", "--out", str(tmp_path / "out"))
    assert code == 2
    assert "a study of the kind 'gradients', for which there is no --dry-run" in complained
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_norms_are_read_as_they_were_kept(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    folder, measured = GradientFolder(tmp_path), measure(study)
    assert not folder.is_there
    folder.keep(study, measured)
    again, found, versions = folder.read()
    assert again == study
    assert {"python", "torch"} <= versions.keys()
    assert (found.networks, found.data) == (measured.networks, measured.data)
    for name, depths in measured.norms.items():
        for depth, norms in depths.items():
            assert found.norms[name][depth].tolist() == norms.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("file", "content"), [("study.json", '{"study": {}}'), ("gradients.parquet", "no table")])
def test_what_is_not_as_it_was_kept_is_refused(command: Command, tmp_path: Path, file: str, content: str) -> None:
    study = small_study(tmp_path)
    GradientFolder(tmp_path).keep(study, measure(study))
    (tmp_path / "results" / file).write_text(content, encoding="utf-8")
    code, _, complained = command("report", str(tmp_path))
    assert code == 2
    assert file in complained


@pytest.mark.slow
def test_seeds_that_are_missing_are_noticed(command: Command, tmp_path: Path) -> None:
    study = small_study(tmp_path)
    GradientFolder(tmp_path).keep(study.model_copy(update={"seeds": 5}), measure(study))
    code, _, complained = command("report", str(tmp_path))
    assert code == 2
    assert "there are not 5 seeds of each network" in complained
