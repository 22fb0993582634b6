"""The command line: help that teaches, one-line errors, exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tiny import TINY, VARIANT

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.studies.kinds import files_of
from nasrank.bench.studies.study_file import STUDIES, find_study, load_study

CELL = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|"


def nasrank(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own, as a user's."""
    command = [sys.executable, "-m", "nasrank", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["rank"],
        ["run"],
        ["report"],
        ["gate"],
        ["tables"],
        ["tables", "query"],
        ["spaces"],
        ["studies"],
        ["new", "study"],
        ["frame"],
        ["overview"],
    ],
)
def test_help_answers_without_torch(words):
    code = f"import sys; sys.argv = ['nasrank', *{words}, '--help']; from nasrank.bench.commands.main import main\n"
    code += "try: main()\nexcept SystemExit as end: assert end.code == 0\nassert 'torch' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "Usage" in run.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["run", "nb999"],
            "there is no study 'nb999'; give the path of a study file or one of: darts, deeplab, ",
        ),
        (["run", "nb201", "--data", "svhn"], "'nb201-svhn'"),
        (["report", "nowhere"], "nowhere/design.json does not exist"),
        (["gate", "nowhere", "--baseline", "none.json"], "nowhere/design.json does not exist"),
        (["tables", "info", "nasbench999"], "unknown oracle 'nasbench999'"),
        (["tables", "query", "|conv~0|"], "expected 3 groups"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(command, words, reason):
    code, _, err = command(*words)
    assert code == 2
    assert reason in err
    assert len(err.strip().splitlines()) == 1


def test_a_mistake_in_a_study_names_line_and_key(command, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TINY.replace("count = 4", "cuont = 4"))
    code, _, err = command("run", path)
    assert code == 2
    line = TINY.splitlines().index("count = 4") + 1
    assert f"mine.toml, line {line}: landmarks.cuont: unknown key" in err


def test_a_study_without_its_table_says_in_one_line_how_to_come_by_it(command, tmp_path, monkeypatch):
    monkeypatch.setenv("NASRANK_DATA", "")
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path))
    code, _, err = command("run", "nb101-cifar10")
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("nasrank: the table nas-bench-101-means is not here yet; to get it (1.8 MB, MIT): ")
    assert err.strip().endswith("nasrank fetch nas-bench-101-means")


def test_the_truth_is_taken_from_another_table_when_told_to(command):
    code, _, err = command("run", "nb201-smoke", "--oracle", "nasbench999")
    assert code == 2
    assert "truth.oracle: unknown oracle 'nasbench999'; known are analog-nasbench" in err


def test_query_shows_the_numbers_of_one_architecture(command):
    code, out, _ = command("tables", "query", CELL)
    assert code == 0
    assert "accuracy" in out
    assert "percent" in out


@pytest.mark.slow
def test_spaces_lists_sizes(command):
    code, out, _ = command("spaces")
    assert code == 0
    lines = [line.strip() for line in out.splitlines()]
    assert "15,625 architectures, 6,466 up to isomorphism [Dong2020]" in lines
    assert "edge 0->1 to edge 2->3 (6): none, skip_connect, nor_conv_1x1, nor_conv_3x3," in lines
    assert any(line.startswith("tables:") and "nb101-digits" in line for line in lines)


def test_a_study_runs_reports_resumes_and_passes_its_own_gate(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)
    code, first, err = command("run", "tiny.toml", "--jobs", 1)
    assert code == 0, err
    assert "Kendall's tau-b" in first
    out = tmp_path / "runs" / "tiny"
    made = {path.name for path in out.iterdir()}
    assert {"summary.json", "table.md", "table.csv", "table.tex", "index.html", "before_after.svg", "results"} <= made
    summary = Summary.from_texts(*((out / name).read_text(encoding="utf-8") for name in ("summary.json", "table.csv")))
    assert all(summary.gain(pair).known for pair in summary.pairs)

    contents = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert "same numbers" not in first
    shutil.copytree(out, tmp_path / "reports" / "tiny")  # as if it were committed
    _, again, _ = command("run", "tiny.toml")
    assert "all 4 trials are finished" in again
    assert "same numbers as reports/tiny to the printed digit (3 values)" in again
    assert "report: runs/tiny/index.html" in again
    assert "trials to run" not in again
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == contents

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "tiny.toml").write_text(TINY.replace("passes = 4", "passes = 5"))
    code, _, err = command("run", "other/tiny.toml")  # cases, group 1: the second removed the first's results
    assert code == 2
    assert "runs/tiny holds the results of another study (tiny), which differs in training" in err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == contents

    assert command("gate", out, "--baseline", "base.json", "--update")[0] == 0
    assert command("gate", out, "--baseline", "base.json", "--update")[0] == 0, "it is this study's"
    code, passed, err = command("gate", out, "--baseline", "base.json")
    assert code == 0, passed + err

    base = json.loads((tmp_path / "base.json").read_text())
    for name in base["scores"]:
        base["scores"][name] = sorted(base["scores"][name], reverse=True)
    (tmp_path / "altered.json").write_text(json.dumps(base["scores"]))
    code, _, err = command("gate", out, "--baseline", "altered.json")
    assert code == 2
    assert "not a reference" in err


@pytest.mark.slow
def test_a_study_of_ones_own_takes_over_what_fits_of_anothers_results(tmp_path):
    """In processes of their own, as a user's."""
    (tmp_path / "tiny.toml").write_text(TINY)
    (tmp_path / "mine.toml").write_text(TINY.replace("tiny", "mine") + VARIANT)
    first = nasrank("run", "tiny.toml", "--jobs", "2", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    mine = nasrank("run", "mine.toml", "--reuse", "runs/tiny", "--jobs", "1", cwd=tmp_path)
    assert mine.returncode == 0, mine.stderr
    assert "4 trials taken over from runs/tiny" in mine.stdout
    assert "2 trials to run" in mine.stdout
    taken, own = (tmp_path / "runs" / name / "results" / "spos-plain-seed0.json" for name in ("mine", "tiny"))
    assert taken.read_bytes() == own.read_bytes()


@pytest.mark.parametrize("path", files_of(), ids=lambda path: path.stem)
def test_every_study_that_comes_with_nasrank_is_valid(path):
    assert load_study(path).title == tomllib.loads(path.read_text())["title"]
    assert find_study(path.stem) == path


def test_data_names_the_variant_of_a_study():
    assert find_study("nb201", "cifar10") == STUDIES / "nb201-cifar10.toml"
