"""Running a study in processes: what is finished stays, what is killed is lost alone, and nothing changes a byte."""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from rich.console import Console

from nasrank.bench.commands.watching import Bars
from nasrank.bench.execution import local
from nasrank.bench.execution.here import Here
from nasrank.bench.execution.local import Local
from nasrank.bench.runner.estimates import run_estimate
from nasrank.bench.runner.execute import execute
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study import Study

SCRIPT = """\
import signal
import sys
from pathlib import Path
from nasrank.bench.execution.local import Local
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.execute import execute
from nasrank.bench.runner.results import Store
from nasrank.bench.studies.study_file import load_study

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started the tests with &
    design, truth, _ = resolve(load_study(Path(sys.argv[1])))
    execute(design, truth, Store(Path(sys.argv[2])), Local(2))
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Of each file, by name, but for how long trials took."""
    return {path.name: without_seconds(path.read_bytes()) for path in folder.iterdir()}


def without_seconds(content: bytes) -> bytes:
    return re.sub(rb'^ "(seconds": {[^}]*}|phases": \[[^\]]*\]),?$', b"", content, flags=re.MULTILINE)


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def run(design, truth, folder, executor=None):
    """What the console was told."""
    output = io.StringIO()
    executor = executor or Local(1)
    execute(design, truth, Store(folder), executor, watch=Bars(Console(file=output, width=100)))
    assert not multiprocessing.active_children(), "every worker has ended"
    return output.getvalue()


def changed(design, **sections):
    content = design.study.model_dump(mode="json")
    for section, changes in sections.items():
        content[section] |= changes
    study = Study.model_validate({**content, "strategies": ["spos"], "seeds": [0]})
    return replace(design, study=study, landmarks={0: design.landmarks[0]})


@pytest.fixture(scope="module")
def finished(design, truth, tmp_path_factory):
    """The folder of the tiny study, run in this process and in another order."""
    store = Store(tmp_path_factory.mktemp("finished") / "results")
    store.begin(design)
    for trial in reversed(design.trials):
        store.put(trial, run_trial(design, trial, design.labels_for(trial, truth)))
    for estimate in estimates_of(design):
        labels = design.labels_of(estimate.row, estimate.seed, truth) if estimate.row else np.empty(0)
        store.put(estimate, run_estimate(design, estimate, labels))
    return store.folder


@pytest.mark.slow
@pytest.mark.parametrize("executor", [Local(2), Here()], ids=["local", "here"])
def test_executors_give_what_the_trial_gives_without_them(finished, design, truth, tmp_path, executor):
    """Byte for byte but for the times, so neither the number of jobs nor what a worker ran before matters."""
    run(design, truth, tmp_path / "results", executor)
    assert contents(tmp_path / "results") == contents(finished)


@pytest.mark.slow
def test_a_run_continues_and_repeats_nothing_that_is_finished(finished, design, truth, tmp_path):
    folder = tmp_path / "results"
    shutil.copytree(finished, folder)
    lost = ["gdas-plain-seed0.json", "spos-landmark-seed1.json"]
    for name in lost:
        (folder / name).unlink()
    (folder / ".unfinished-00ff00ff").mkdir()
    for name in ("unfinished.lock", "gdas-plain-seed0.json"):
        (folder / ".unfinished-00ff00ff" / name).write_text('{"half": ')
    before = times(folder)
    said = run(design, truth, folder)
    assert "6 of 8 trials are finished already" in said
    assert all(name.removesuffix(".json") in said for name in lost)
    assert "spos-plain-seed0" not in said
    assert contents(folder) == contents(finished)
    after = times(folder)
    assert all(after[name] == before[name] for name in before.keys() & after.keys())


@pytest.mark.slow
def test_a_finished_study_starts_no_worker(finished, design, truth, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "one_thread_workers", None)
    folder = tmp_path / "results"
    shutil.copytree(finished, folder)
    assert "8 of 8 trials are finished already" in run(design, truth, folder)


@pytest.mark.slow
def test_the_results_of_another_design_are_not_continued(finished, design, truth):
    before = contents(finished)
    with pytest.raises(ValueError, match="another study or environment"):
        run(changed(design, training={"passes": 13}), truth, finished)
    assert contents(finished) == before


@pytest.mark.slow
def test_a_trial_that_diverges_is_kept_as_a_failure_and_not_repeated(design, truth, tmp_path):
    diverging = changed(design, training={"learning_rate": 100.0, "weight_decay": 100.0, "clip": 1e9, "passes": 40})
    folder = tmp_path / "results"
    assert "failed: the " in run(diverging, truth, folder)
    results = Store(folder).read()
    assert all("of 40" in result["failure"] for result in results.trials.values())
    assert "2 of 2 trials are finished already" in run(diverging, truth, folder)


@pytest.mark.slow
def test_an_error_in_a_worker_is_raised_here_and_ends_the_others(design, truth, tmp_path):
    beyond_bounds = design.study.images.model_copy(update={"scoring": 1_000_000})
    too_many_images = replace(design, study=design.study.model_copy(update={"images": beyond_bounds}))
    with pytest.raises(ValueError, match=r"cannot draw 64 .* samples: there are 1797"):
        run(too_many_images, truth, tmp_path / "results")
    assert not multiprocessing.active_children()


# --- killed runs, in processes of their own ---


@pytest.fixture
def start(tmp_path, study_file):
    """Starts a run of a study file into `tmp_path/results`; whatever is left of it is killed in the end."""
    script, groups = tmp_path / "script.py", []
    script.write_text(SCRIPT)

    def begin(study=study_file):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [sys.executable, str(script), str(study), str(tmp_path / "results")]
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        groups.append(process)
        return process

    yield begin
    for process in groups:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_run_killed_at_any_point_ends_as_an_uninterrupted_one(finished, start, tmp_path):
    """SIGKILL to the whole group: before the first trial ends, after one, and after some more."""
    folder, expected, kept = tmp_path / "results", contents(finished), {}
    for done in (0, 1, 4):
        process = start()
        wait_until(
            lambda done=done: (folder / "design.json").exists() and len(list(folder.glob("*-seed*.json"))) >= done
        )
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        now = times(folder)
        assert all(now[name] == kept[name] for name in kept), "finished trials are not repeated"
        kept = {name: now[name] for name in now if not name.startswith(".")}
        assert all(without_seconds((folder / name).read_bytes()) == expected[name] for name in kept), "each is whole"
        assert done < len(kept) <= 9
    assert start().wait() == 0
    assert contents(folder) == expected
    assert all(times(folder)[name] == kept[name] for name in kept)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0, 4], ids=["starting", "training"])
def test_workers_end_by_themselves_when_their_parent_is_killed(start, study_text, tmp_path, seconds):
    endless = tmp_path / "endless.toml"
    endless.write_text(study_text.replace("passes = 12", "passes = 10_000_000"))
    process = start(endless)
    family = psutil.Process(process.pid)
    wait_until(lambda: len(family.children(recursive=True)) >= 3)  # two workers and multiprocessing's own helper
    time.sleep(seconds)
    children = family.children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive


@pytest.mark.slow
def test_an_interrupted_run_ends_at_once(start, study_text, tmp_path):
    """Ctrl-C, to parent and workers alike, does not wait for the trials in flight."""
    endless = tmp_path / "endless.toml"
    endless.write_text(study_text.replace("passes = 12", "passes = 10_000_000"))
    process = start(endless)
    family = psutil.Process(process.pid)
    wait_until(lambda: len(family.children(recursive=True)) >= 3)
    time.sleep(3)
    children = family.children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) != 0
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
