"""The executor on a cluster that this process is connected to: what tasks get there, and what is lost or refused."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ray

from nasrank.bench.execution import NO_FIGURES, Figures, Resources, Watch
from nasrank.bench.execution.on_ray import cluster as module
from nasrank.bench.execution.on_ray.cluster import RayCluster
from nasrank.bench.execution.on_ray.losses import RETRIES
from nasrank.bench.foundation import plugins

pytestmark = pytest.mark.usefixtures("joined")


class Notes(Watch):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.told: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        del share, figures
        self.told.append(task)


def square(number: int, *, progress: Callable[[float], None]) -> int:
    progress(0.5)
    return number * number


def surroundings(*, progress: Callable[[float], None]) -> dict[str, Any]:
    del progress
    names = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "NASRANK_TRIED", "RAY_USAGE_STATS_ENABLED")
    return {"folder": str(Path.cwd()), "process": os.getpid(), **{name: os.environ.get(name) for name in names}}


def die(folder: Path, *, progress: Callable[[float], None]) -> None:
    progress(0.5)
    with (folder / "attempts").open("a") as file:
        file.write("x")
    os.kill(os.getpid(), signal.SIGKILL)


def done(executor: RayCluster, function: Callable[..., Any], *arguments: Any, times: int = 1) -> list[Any]:
    """Results of so many tasks."""
    with executor:
        for number in range(times):
            executor.submit(str(number), function, *arguments)
        return [outcome.result for outcome in executor.outcomes(Watch())]


def test_a_connection_is_used_and_left_and_the_cluster_goes_on(cluster):
    executor = RayCluster.with_resources(Resources(address=cluster.address))
    assert executor.jobs == 2, "as many as the nodes have cores"
    assert done(executor, square, 3, times=5) == [9] * 5
    assert ray.is_initialized()
    assert sum(node["Alive"] for node in ray.nodes()) == 3
    with pytest.raises(ValueError, match=r"--address 192\.0\.2\.1:1: this process is connected to the Ray cluster at"):
        RayCluster.with_resources(Resources(address="192.0.2.1:1"))


def test_a_task_has_the_environment_and_the_folder_of_who_started_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NASRANK_TRIED", "yes")
    monkeypatch.chdir(tmp_path)
    (found,) = done(RayCluster(1, address="auto", share=module.Share(0.5)), surroundings)
    assert found.pop("process") != os.getpid()
    assert found == {
        "folder": str(tmp_path),
        "CUDA_VISIBLE_DEVICES": None,
        "OMP_NUM_THREADS": "1",
        "NASRANK_TRIED": "yes",
        "RAY_USAGE_STATS_ENABLED": "0",
    }


def test_a_task_gets_the_graphics_processor_that_ray_gave_it():
    executor = RayCluster.with_resources(Resources(address="auto", gpus_per_trial=0.5))
    assert executor.jobs == 1, "one has the processor, and but one core"
    executor = RayCluster.with_resources(Resources(address="auto", cpus_per_trial=0.25, gpus_per_trial=0.5))
    assert executor.jobs == 2
    found = done(executor, surroundings, times=3)
    assert [one["CUDA_VISIBLE_DEVICES"] for one in found] == ["0"] * 3
    assert len({one["process"] for one in found}) == 3, "a process that has had a processor does not keep its memory"


def test_what_no_node_has_is_refused():
    with pytest.raises(ValueError, match=r"no node of the Ray cluster has 1 CPU\(s\) and 2 GPU\(s\), which a trial is"):
        RayCluster.with_resources(Resources(address="auto", gpus_per_trial=2.0))


def test_plugins_are_loaded_before_what_they_define(tmp_path, monkeypatch):
    file = tmp_path / "ours_on_ray.py"
    file.write_text("def twice(number, *, progress):\n    return 2 * number\n")
    monkeypatch.setenv(plugins.VARIABLE, "")
    plugins.use([str(file)])
    import ours_on_ray  # type: ignore[import-not-found]

    executor = RayCluster(1, address="auto")
    assert done(executor, ours_on_ray.twice, 21) == [42]
    here = module.origin()
    monkeypatch.setattr(module, "origin", lambda: here)
    monkeypatch.setenv("NASRANK_TRIED", "another")  # another environment, so that no process has loaded it
    file.write_text("def twice(number, *, progress):\n    return 3 * number\n")
    with pytest.raises(
        ValueError, match=r"has ours_on_ray\.py [0-9a-f]{16}, and the run was started with [0-9a-f]{16};"
    ):
        done(RayCluster(1, address="auto"), ours_on_ray.twice, 21)
    file.unlink()
    monkeypatch.setenv("NASRANK_TRIED", "a third")
    with pytest.raises(ValueError, match=f"the plugin {file} cannot be imported: .*there is no such file"):
        done(RayCluster(1, address="auto"), ours_on_ray.twice, 21)


def test_a_node_with_other_versions_is_refused(monkeypatch):
    here = module.origin()
    monkeypatch.setattr(module, "origin", lambda: {**here, "environment": {**here["environment"], "torch": "0.0"}})
    with pytest.raises(ValueError, match=r"has torch .* and the run was started with 0\.0; a study is trained in one"):
        done(RayCluster(1, address="auto"), square, 3)


def test_what_always_kills_its_worker_is_lost_alone(tmp_path):
    with RayCluster(2, address="auto") as executor:
        for number in range(6):
            executor.submit(str(number), *((die, tmp_path) if number == 1 else (square, number)))
        found = {outcome.task: outcome for outcome in executor.outcomes(Watch())}
    assert {task: outcome.result for task, outcome in found.items() if task != "1"} == {
        str(number): number * number for number in range(6) if number != 1
    }
    assert found["1"].lost == "its worker was killed; that was the last of 4 attempts"
    assert (tmp_path / "attempts").read_text() == "x" * (RETRIES + 1)
    assert not any(outcome.lost for task, outcome in found.items() if task != "1")


def test_when_task_after_task_is_lost_the_others_are_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RETRIES", 0)
    with RayCluster(1, address="auto", most=1) as executor:
        for number in range(9):
            executor.submit(str(number), die, tmp_path)
        found = {outcome.task: outcome.lost for outcome in executor.outcomes(Watch())}
    assert found.keys() == {str(number) for number in range(9)}
    assert found["8"] == "given up after 3 others were lost in a row"
    assert (tmp_path / "attempts").read_text() == "xxx"


def test_without_the_actor_that_passes_on_progress_nothing_else_is_lost():
    watch = Notes()
    with RayCluster(2, address="auto") as executor:
        ray.kill(executor._news.board)  # no_restart: it does not come back
        for number in range(4):
            executor.submit(str(number), square, number)
        found = {outcome.task: outcome.result for outcome in executor.outcomes(watch)}
    assert found == {str(number): number * number for number in range(4)}
    assert not watch.told


@pytest.mark.parametrize(("most", "given"), [(1, 1), (None, 4)])
def test_the_cluster_is_given_few_tasks_at_a_time(most, given):
    with RayCluster(2, address="auto", most=most) as executor:
        for number in range(20):
            executor.submit(str(number), square, number)
        found = []
        for outcome in executor.outcomes(Watch()):
            found.append(outcome.result)
            assert len(executor._running) <= given
    assert sorted(found) == [number * number for number in range(20)]
