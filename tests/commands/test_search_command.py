"""`nasrank search`: from a file to a report, and mistakes in one line with exit code 2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tiny_search import GAPPY, NAME, changed, put_tables

from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.reporting.search import FILES
from nasrank.bench.reporting.search.report import answer

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    put_tables(folder)
    return folder


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Path) -> None:
    monkeypatch.setenv("NASRANK_CACHE", str(tables))
    monkeypatch.chdir(tmp_path)


def searched(command: Command, *replacements: tuple[str, str], words: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """The tiny study with these changes, run here."""
    Path("tiny.toml").write_text(changed(*replacements), encoding="utf-8")
    code, out, errors = command("search", "tiny.toml", "--executor", "here", *words)
    return code, out, errors.strip()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_study_becomes_a_report(command: Command, tmp_path: Path) -> None:
    code, out, errors = searched(command)
    assert (code, errors) == (0, "")
    folder = tmp_path / "runs" / "tiny"
    assert {path.name for path in folder.iterdir()} == {*FILES, "results"} - {"fronts.svg"}
    summary = SearchSummary.from_text((folder / "summary.json").read_text())
    assert answer(summary) in " ".join(out.split())
    runs = pd.read_parquet(folder / "results" / "runs.parquet")
    row = summary.find("cells", "rea", "test")
    assert row is not None
    assert row.mean == pytest.approx(runs[runs["final"] & (runs["searcher"] == "rea")]["test"].mean(), abs=1e-6)
    before = contents(folder)
    code, out, errors = searched(command)
    assert (code, errors) == (0, "")
    assert "all 6 runs are finished" in out
    assert contents(folder) == before
    code, _, errors = command("report", folder)
    assert code == 0, errors
    assert contents(folder) == before


@pytest.mark.slow
def test_it_can_be_run_as_any_study(command: Command, tmp_path: Path) -> None:
    searched(command, words=("--out", "one"))
    code, _, errors = command("run", "tiny.toml", "--executor", "here", "--out", "other", "--work", "elsewhere")
    assert code == 0, errors
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


@pytest.mark.slow
def test_a_quick_look_has_five_runs_and_a_folder_of_its_own(command: Command, tmp_path: Path) -> None:
    assert searched(command, ("runs = 3", "runs = 300"), words=("--quick",))[0] == 0
    summary = SearchSummary.from_text((tmp_path / "runs" / "tiny-quick" / "summary.json").read_text())
    assert {row.runs for row in summary.rows} == {5}


@pytest.mark.slow
def test_another_table_can_be_asked(command: Command, tmp_path: Path) -> None:
    assert searched(command, (NAME, "not-here"), words=("--oracle", NAME))[0] == 0
    asked = tmp_path / "runs" / f"tiny-{NAME}"
    assert searched(command)[0] == 0
    runs = [(folder / "results" / "runs.parquet").read_bytes() for folder in (asked, tmp_path / "runs" / "tiny")]
    assert runs[0] == runs[1]


@pytest.mark.slow
def test_a_label_is_no_markup_in_the_terminal(command: Command) -> None:
    _, out, _ = searched(command, ('label = "some cells"', 'label = "x [/] y <b>"'))
    assert "x [/] y <b>: " in out


def test_a_folder_of_something_else_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")
    code, _, errors = searched(command, words=("--out", "mine"))
    assert code == 2
    assert "mine holds README.md of something else" in errors
    assert contents(tmp_path / "mine") == {"README.md": b"mine"}
    assert not (tmp_path / ".nasrank").exists()


LIMIT = '[parts.cells.limits.few]\ncost = "multiply_adds"\nmost = 7\n\n[searchers.random]'
REA = 'searcher = "rea"\nsettings = { population = 5, sample = 2 }'
SEVERAL = 'searcher = "rea"\nobjectives = ["validation", "flops"]'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seconds = 3000", "seconds = 60", "parts.cells.seconds: 60 s are less than the cheapest query takes"),
        ("epochs = 12, seeds", "epochs = 90, seeds", "parts.cells.objectives.validation: "),
        (
            REA,
            'searcher = "bohb"\nsettings = { most_epochs = 27 }',
            "parts.cells.objectives.validation: tiny-search has",
        ),
        (NAME, "not-here", "unknown oracle 'not-here'"),
        ('searcher = "random"', f'objectives = ["flops"]\n{SEVERAL[:16]}', "searchers.random: flops cost no seconds"),
        ('searcher = "rea"', SEVERAL, "searchers.rea: rea searches by at most 1 objective(s), not by 2"),
        ("sample = 2", "samples = 2", "searchers.rea: settings.samples: "),
        ('searcher = "random"', 'searcher = "rando"', "searchers.random.searcher: "),
        ("[searchers.random]", LIMIT, "parts.cells.limits.few: no architecture keeps it"),
        ("seconds = 3000\n", "", "parts.cells: a search has a budget"),
        ("[parts.cells.price]", "[parts.cells.prices]", "parts.cells.prices: unknown key"),
        (
            'searcher = "random"',
            'searcher = "random"\nobjectives = ["x"]',
            "searchers.random: no part has its objectives",
        ),
        ('searcher = "random"', 'searcher = "random"\nparts = ["x"]', "searchers.random: there is no part 'x'"),
        (NAME, GAPPY, "parts.cells.reported.test: 10 of 12,625 architectures have none"),
        ('searcher = "random"', 'searcher = "random"\nknown = ["flops"]', "searchers.random: random has no predictor"),
        ('searcher = "random"', 'searcher = "random"\nlandmarks = "flops"', "searchers.random.landmarks: flops is no"),
        ('kind = "search"', 'kind = "labels"', "tiny.toml is a study of the kind 'labels'"),
    ],
)
def test_a_mistake_is_one_line_with_its_key(command: Command, tmp_path: Path, old: str, new: str, words: str) -> None:
    code, _, errors = searched(command, (old, new))
    assert code == 2
    assert len(errors.splitlines()) == 1
    assert words in errors
    assert not list(tmp_path.glob(".nasrank/*/*.json")), "nothing was run before it was found"


def test_an_unknown_study_or_executor_is_named(command: Command) -> None:
    code, _, errors = command("search", "nothing")
    assert code == 2
    assert "there is no study 'nothing'" in errors
    code, _, errors = command("search", "nb201-search", "--executor", "nobody")
    assert code == 2
    assert "nobody" in errors
