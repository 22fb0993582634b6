"""How the tasks of a queue stand, for `nasrank status`."""

from __future__ import annotations

import re

import pytest

from nasrank.bench.commands.status import status_of
from nasrank.bench.execution import Watch
from nasrank.bench.execution.looking_on.journal import Journal
from nasrank.bench.execution.looking_on.run_status import State
from nasrank.bench.execution.shared_folder import status
from nasrank.bench.execution.shared_folder.beating import Attempting
from nasrank.bench.execution.shared_folder.status import queue_status


def begun(place, share, figures):
    """A worker that has claimed a task, and told how far it is."""
    worker, _ = place.worker("one")
    _, attempt = worker.claim()
    worker._attempting = Attempting(worker.queue.leases, attempt)
    worker._attempting.progress(share, figures)
    return worker


def test_no_queue_and_one_that_is_closed_say_nothing(place):
    assert queue_status(place.home) is None
    driver = place.driver()
    place.done()
    assert place.values(driver) == {"square 3": 9}
    driver.close()
    assert queue_status(place.home) is None


def test_a_task_whose_worker_lives_is_running_by_it(place):
    place.driver(numbers=(3, 4, 5))
    worker = begun(place, 0.25, {"step": 5, "steps": 20, "loss": 2.5})
    found = queue_status(place.home, sleep=lambda seconds: worker.look())
    assert (found.state, found.total, found.finished) == (State.RUNNING, 3, 0)
    (one,) = found.running
    assert (one.task, one.share, one.figures) == ("square 3", 0.25, {"step": 5, "steps": 20, "loss": 2.5})
    assert re.fullmatch(r"\S+:\d+", one.by)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", one.since)


def test_one_whose_worker_is_silent_is_said_to_be(place):
    place.driver(numbers=(3,))
    begun(place, 0.5, {})
    slept = []
    found = queue_status(place.home, sleep=slept.append)
    assert found.state == State.SILENT
    assert found.reason == "neither a driver nor a worker gives a sign of life"
    assert found.running[0].by.endswith(", which gives no sign of life")
    assert sum(slept) == pytest.approx(4.0), "two signs of life of somebody who lives"


def test_results_that_no_driver_has_taken_count(place, monkeypatch):
    monkeypatch.setattr(status, "_LOOKS", 0)
    driver = place.driver(numbers=(3, 4))
    worker, _ = place.worker()
    worker.do(*worker.claim())
    assert queue_status(place.home).finished == 1
    journal = Journal(place.home, Watch(), command="nasrank run tiny", every=60.0)
    journal.begin("all trials", 12, 10)
    journal.close("running")
    assert (status_of(place.home).total, status_of(place.home).finished) == (12, 11)
    assert place.values(driver) == {"square 3": 9}
    assert queue_status(place.home).finished == 0
