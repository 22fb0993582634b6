"""`nasrank rank` from end to end, on the embedded table."""

from __future__ import annotations

import csv
import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
from judged import TRUTH

from nasrank.bench.ranking.multiplicity import holm
from nasrank.bench.reporting.judged import FILES


@pytest.mark.slow
def test_scores_in_report_out(command, scored, tmp_path):
    with (tmp_path / "scores.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["arch", "proxy", "val_loss", "used"])
        labels = [int(place % 10 == 0) for place in range(200)]
        writer.writerows(zip(scored.texts, scored.good, -scored.poor, labels, strict=True))
    words = ["--truth", TRUTH, "--space", "nb201", "--labels", "used"]
    files = ["--json", tmp_path / "a" / "r.json", "--csv", tmp_path / "r.csv", "--out", tmp_path / "out"]
    code, out, err = command("rank", tmp_path / "scores.csv", *words, *files)
    assert code == 0, err
    first = out.splitlines()[0]
    assert first.startswith("Of 2 columns, proxy ranks best: 180 architectures of nb201 with a tau-b of")
    for said in ("parameter count", "FLOPs", "ridge on the same labels (20)", "noise ceiling", "Holm"):
        assert said in out
    for said in ("lower is better (recognised by its name)", "20 architectures have a label"):
        assert said in out
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FILES)
    content = json.loads((tmp_path / "a" / "r.json").read_text())
    assert content == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (tmp_path / "r.csv").read_text() == (tmp_path / "out" / "table.csv").read_text()
    page = (tmp_path / "out" / "table.md").read_text()
    assert content["answer"] in page.replace("\\", "")
    again = command("rank", tmp_path / "scores.csv", *words, "--out", tmp_path / "out")
    assert again[0] == 0
    second = json.loads((tmp_path / "out" / "summary.json").read_text())
    asked = shlex.split(second["header"].pop("command"))
    assert asked == ["nasrank", "rank", str(tmp_path / "scores.csv"), *words, "--out", str(tmp_path / "out")]
    del content["header"]["command"]
    assert content == second


@pytest.mark.slow
def test_texts_of_others_are_no_markup(command, scored, tmp_path):
    name = "[bold]\x1b[31m|`x`"
    content = {"arch": scored.texts, name: scored.good.tolist()}
    (tmp_path / "scores.json").write_text(json.dumps(content))
    code, out, err = command("rank", tmp_path / "scores.json", "--truth", TRUTH, "--out", tmp_path / "out")
    assert code == 0, err
    assert "\x1b" not in out
    assert "[bold]\\x1b" in out
    assert "\x1b" not in (tmp_path / "out" / "table.md").read_text()


@pytest.mark.slow
def test_a_script_gets_json_and_nothing_else(command, scored, tmp_path):
    (tmp_path / "scores.json").write_text(json.dumps({"arch": scored.texts, "proxy": scored.good.tolist()}))
    words = ("--truth", TRUTH, "--json", "-", "--csv", tmp_path / "table.csv")
    code, out, err = command("rank", tmp_path / "scores.json", *words)
    assert (code, err) == (0, "")
    assert json.loads(out)["counts"]["ranked"] == 200
    assert (tmp_path / "table.csv").is_file()


@pytest.mark.slow
def test_nothing_of_it_loads_torch(scored, tmp_path):
    (tmp_path / "scores.json").write_text(json.dumps({"arch": scored.texts, "proxy": scored.good.tolist()}))
    code = (
        "import sys, nasrank\n"
        f"nasrank.rank({str(tmp_path / 'scores.json')!r}, truth={TRUTH!r})\n"
        "assert 'torch' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("p_values", "expected"),
    [
        ([0.01, 0.04, 0.03], [True, False, False]),
        ([0.01, 0.02, 0.03], [True, True, True]),
        ([0.2, 0.001], [False, True]),
        ([], []),
    ],
)
def test_holms_step_down_test(p_values, expected):
    assert holm(p_values, 0.05) == expected


def test_holm_keeps_its_level_over_many_comparisons():
    generator = np.random.default_rng(0)
    wrong = [any(holm(generator.random(20).tolist(), 0.05)) for _ in range(2000)]
    assert np.mean(wrong) == pytest.approx(0.05, abs=0.015)
