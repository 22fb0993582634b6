"""A trial that one worker had to leave goes on at another one, after the step that it was at."""

from __future__ import annotations

import pytest

from nasrank.bench.execution.shared_folder import beating
from nasrank.bench.execution.watch import Released
from nasrank.bench.runner.checkpoints import Checkpoints
from nasrank.bench.runner.execute import _run
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study_file import load_study


def without_times(result):
    return {name: value for name, value in result.items() if name not in ("seconds", "phases")}


@pytest.mark.slow
def test_another_worker_goes_on_where_it_was(place, study_file, monkeypatch):
    design, truth, _ = resolve(load_study(study_file))
    trial = Trial("spos-landmark", 0)
    labels, told = design.labels_for(trial, truth), []
    driver = place.driver(numbers=())
    folder = Checkpoints(driver.queue.checkpoints, minutes=60)
    driver.offer([(trial.name, _run, (design, trial, labels, None, folder, None))])
    progress = beating.Attempting.progress

    def leaves_after_four(attempting, share, figures=beating.NO_FIGURES, /):
        told.append(figures.get("step"))
        if told.count(4) == 1 and told[-1] == 4:
            raise Released("the worker was told to end")
        progress(attempting, share, figures)

    monkeypatch.setattr(beating.Attempting, "progress", leaves_after_four)
    first, second = place.done("one"), place.done("two")
    assert (first.done, second.done) == (1, 0), "the same worker may take it again"
    steps = [step for step in told if step is not None]
    assert steps == list(range(1, design.arms[trial.arm].study.training.passes + 1)), "no step is done twice"
    ((name, result),) = place.values(driver).items()
    assert name == trial.name
    assert without_times(result) == without_times(run_trial(design, trial, labels))


def test_what_lies_beside_the_queue_is_found_where_it_is_mounted(place, tmp_path):
    driver = place.driver(numbers=())
    written = driver.queue.plain.encode(Checkpoints(place.home / "supernets"))
    elsewhere = type(driver.queue)(tmp_path / "mounted")
    assert elsewhere.plain.decode(written).folder == tmp_path / "mounted" / "supernets"
    with pytest.raises(ValueError, match="is no class that is sent"):
        elsewhere.plain.decode({"$object": "nasrank.bench.runner.checkpoints:Checkpoints", "value": {}})
