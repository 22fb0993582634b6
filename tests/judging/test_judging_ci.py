"""examples/ci: the workflow and the commands of its README, as they stand, in a folder of their own."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parents[2] / "examples" / "ci"
WORKFLOW = yaml.safe_load((HERE / "ranking.yml").read_text(encoding="utf-8"))
(JOB,) = WORKFLOW["jobs"].values()
STEPS = {step["name"]: step["run"] for step in JOB["steps"] if "run" in step}
REFERENCE = re.search(r"^```sh\n(.*?)^```", (HERE / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1].splitlines()


@pytest.fixture
def shell(command, monkeypatch, tmp_path):
    """Runs a line as a shell would, in a folder that has score.py: its exit code."""
    shutil.copy(HERE / "score.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUTH", WORKFLOW["env"]["TRUTH"])

    def run(line):
        program, *words = shlex.split(os.path.expandvars(line))
        if program == "nasrank":
            return command(*words)[0]
        assert program == "python"
        monkeypatch.setattr("sys.argv", words)
        runpy.run_path(words[0], run_name="__main__")
        return 0

    return run


@pytest.mark.slow
def test_the_gate_passes_until_the_predictor_ranks_worse(shell, tmp_path):
    steps = [STEPS["Score"], STEPS["Rank"], STEPS["Gate"]]
    assert [shell(line) for line in REFERENCE] == [0, 0, 0]
    assert [shell(line) for line in steps] == [0, 0, 0]
    script = tmp_path / "score.py"
    script.write_text(script.read_text().replace("return 3 *", "return -1 *"))
    assert [shell(line) for line in steps] == [0, 0, 1]


@pytest.mark.slow
def test_what_the_workflow_shows_is_written(shell, tmp_path):
    assert shell(STEPS["Score"]) == shell(STEPS["Rank"]) == 0
    assert shell(STEPS["Gate"]) == 2, "without a reference"
    shown = STEPS["Show the ranking"].split()[1]
    assert (tmp_path / shown).read_text().startswith("# scores.csv against analog-nasbench")
    (kept,) = (step["with"]["path"] for step in JOB["steps"] if step.get("name") == "Keep the page")
    assert (tmp_path / kept / "index.html").is_file()


def test_every_step_is_a_command_or_an_action():
    assert all(("run" in step) != ("uses" in step) for step in JOB["steps"])
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in JOB["steps"] if "uses" in step)
    commands = [line for line in STEPS.values() if line.startswith("nasrank")]
    assert [line.split()[1] for line in commands] == ["rank", "gate"]
