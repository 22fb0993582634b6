"""The array job for SLURM, with commands that only say how they were called, and the job for Kubernetes."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from documentation import ROOT, blocks, understand

SCRIPT = ROOT / "examples" / "slurm.sh"

STUB = """\
#!{python}
import signal, sys, time
with open("calls", "a") as file:
    file.write(" ".join(["{name}", *sys.argv[1:]]) + chr(10))
if "{name}" == "nasrank" and "--slow" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), sys.exit(143)))
    open("ready", "w").close()
    time.sleep(60)
sys.exit(3 if "--fails" in sys.argv else 0)
"""


@pytest.fixture
def stubs(tmp_path: Path) -> dict[str, str]:
    """An environment in which `nasrank` and `scontrol` write into `calls` how they were called."""
    for name in ("nasrank", "scontrol"):
        (tmp_path / name).write_text(STUB.format(python=sys.executable, name=name))
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "SLURM_ARRAY_JOB_ID": "42"}


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize(
    ("task", "call"),
    [
        ("0", "nasrank run nb201 --executor workers --out /shared/out --plugin p.py"),
        ("7", "nasrank work /shared/out --patience 60 --plugin p.py"),
    ],
)
def test_the_first_task_runs_the_study_and_all_others_are_workers(stubs, tmp_path, task, call):
    words = ["bash", SCRIPT, "nb201", "/shared/out", "--plugin", "p.py"]
    done = subprocess.run(words, cwd=tmp_path, env={**stubs, "SLURM_ARRAY_TASK_ID": task}, check=False)
    assert done.returncode == 0
    assert calls(tmp_path) == [call]
    understand(shlex.split(call)[1:])


def test_what_fails_is_not_queued_again(stubs, tmp_path):
    words = ["bash", SCRIPT, "nb201", "out", "--fails"]
    done = subprocess.run(words, cwd=tmp_path, env={**stubs, "SLURM_ARRAY_TASK_ID": "7"}, check=False)
    assert done.returncode == 3
    assert len(calls(tmp_path)) == 1


def test_before_its_time_limit_a_task_ends_in_good_order_and_is_queued_again(stubs, tmp_path):
    words = ["bash", SCRIPT, "nb201", "out", "--slow"]
    process = subprocess.Popen(words, cwd=tmp_path, env={**stubs, "SLURM_ARRAY_TASK_ID": "7"})
    while not (tmp_path / "ready").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)  # as SLURM does, to the shell alone
    assert process.wait(20) == 143
    assert calls(tmp_path)[1:] == ["scontrol requeue 42_7"]


def test_without_words_it_says_what_is_missing(stubs, tmp_path):
    done = subprocess.run(["bash", SCRIPT], cwd=tmp_path, env=stubs, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "name a study" in done.stderr


def test_the_script_is_sound():
    subprocess.run(["bash", "-n", SCRIPT], check=True)
    if (shellcheck := shutil.which("shellcheck")) is None:
        pytest.skip("shellcheck is not installed")
    subprocess.run([shellcheck, SCRIPT], check=True)


def test_the_job_for_kubernetes_calls_a_command_that_there_is():
    (job,) = (yaml.safe_load(one.text) for one in blocks("docs/how-to/cluster.md") if one.language == "yaml")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"][0] == "nasrank"
    understand(container["command"][1:])
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure"
