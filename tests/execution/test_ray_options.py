"""What `--executor ray` is asked for, without Ray: it is installed by `tox -e ray` alone, see tests/on_ray."""

from __future__ import annotations

import sys

import pytest

from nasrank.bench.execution import EXECUTORS, Resources
from nasrank.bench.execution.on_ray.connection import Share
from nasrank.bench.execution.on_ray.worker import entry, run, variables


@pytest.fixture
def _without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)


@pytest.mark.usefixtures("_without_ray")
def test_without_ray_it_is_said_what_to_install(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said, complained = command("run", "nb201-smoke", "--executor", "ray")
    assert (code, said) == (2, "")
    assert complained == "nasrank: the executor 'ray' needs the package ray: pip install 'nasrank[ray]'\n"


@pytest.mark.parametrize(
    ("share", "resources", "tasks"),
    [
        (Share(), {"CPU": 4.0}, 4),
        (Share(), {}, 0),
        (Share(0.1), {"CPU": 1.0}, 10),
        (Share(3.0), {"CPU": 8.0, "GPU": 8.0}, 2),
        (Share(1.0, 0.5), {"CPU": 8.0, "GPU": 2.0}, 4),
        (Share(1.0, 0.5), {"CPU": 3.0, "GPU": 2.0}, 3),
        (Share(0.0, 2.0), {"CPU": 1.0, "GPU": 5.0}, 2),
        (Share(1.0, 1.0), {"CPU": 8.0}, 0),
    ],
)
def test_as_many_tasks_fit_on_a_node_as_it_has_of_what_is_scarcest(share, resources, tasks):
    assert share.fitting(resources) == tasks


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Resources(cpus_per_trial=0.0), "--cpus-per-trial 0 needs --gpus-per-trial"),
        (Resources(cpus_per_trial=1.5), "--cpus-per-trial 1.5 is neither whole nor a fraction of one"),
        (Resources(gpus_per_trial=2.5), "--gpus-per-trial 2.5 is neither whole nor a fraction of one"),
        (Resources(gpus_per_trial=0.00001), "--gpus-per-trial 1e-05 has more than four decimals"),
        (Resources(lease=60.0), "--lease means nothing to the executor 'ray'"),
    ],
)
@pytest.mark.usefixtures("_without_ray")
def test_what_ray_could_not_give_is_refused(asked, reason):
    with pytest.raises(ValueError, match=reason):
        EXECUTORS["ray"].with_resources(asked)


def test_a_node_without_nasrank_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, run.__module__, None)
    with pytest.raises(ValueError, match=r"the node \S+ of the Ray cluster lacks nasrank as it is here: import of"):
        entry()("a task", {"path": []}, b"", None)


def test_a_task_gets_what_decides_its_bits_and_computes_on_one_thread(monkeypatch):
    for name, value in {"NASRANK_DATA": "/data", "OMP_NUM_THREADS": "8", "CUDA_VISIBLE_DEVICES": "3"}.items():
        monkeypatch.setenv(name, value)
    carried = variables()
    assert carried["NASRANK_DATA"] == "/data"
    assert carried["OMP_NUM_THREADS"] == carried["MKL_NUM_THREADS"] == carried["OPENBLAS_NUM_THREADS"] == "1"
    assert "CUDA_VISIBLE_DEVICES" not in carried, "Ray gives that"
