"""A driver and its queue: one at a time, killed at any point, and no result is taken for another call's."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from killing import killed_at_every_step
from queues import LEASE, Clock, watched
from remote_tasks import fail, square, tell

from nasrank.bench.execution import Resources, shared_folder
from nasrank.bench.execution.shared_folder import Workers
from nasrank.bench.execution.shared_folder.driver import Driver
from nasrank.bench.execution.shared_folder.sharing import LARGE
from nasrank.bench.execution.shared_folder.standing import QueueStanding, standing_of


def test_a_second_driver_is_refused_while_the_first_lives(place):
    first = place.driver()
    with pytest.raises(ValueError, match=r"is driving .*report already: wait"):
        Driver(place.home, LEASE).begin(place.heard, lambda seconds: first._mine.beat())


def test_a_driver_that_gives_no_sign_of_life_is_replaced_and_notices(place):
    first = place.driver()
    place.done()
    clock = Clock()
    second = place.driver(clock=clock)
    assert clock.now >= LEASE
    assert "is taken for dead after 60 s without a sign" in place.heard.notes[0]
    first._mine.beat()
    with pytest.raises(ValueError, match="another driver has taken over"):
        first.follow(place.heard, set())
    first.withdraw()
    first.close()
    assert len(second.queue.tasks()) == 1
    assert place.values(second) == {"square 3": 9}


def test_a_driver_of_this_machine_that_was_killed_is_replaced_at_once(place):
    first = place.driver()
    (attempt,) = first.queue.leases.attempts()["driver"]
    path = first.queue.leases.folder / attempt.key
    path.write_text(json.dumps({**json.loads(path.read_text()), "started": "1"}))  # its number is another process's now
    clock = Clock()
    place.driver(clock=clock)
    assert clock.now == 0


def test_what_a_killed_driver_left_is_taken_and_nothing_is_done_again(place):
    place.driver(numbers=(2, 3, 4)).leave()
    worker, _ = place.worker()
    worker.do(*worker.claim())
    second = place.driver(numbers=(2, 3, 4))
    assert place.values(second) == {"square 2": 4}
    assert place.done("two").done == 2
    assert place.values(second) == {"square 3": 9, "square 4": 16}


def test_the_result_of_another_call_of_the_same_name_is_not_taken(place):
    first = place.driver()
    place.done()
    first.leave()
    second = place.driver(numbers=())
    second.offer([("square 3", square, (5,))])
    assert place.outcomes(second) == []
    place.done("two")
    assert place.values(second) == {"square 3": 25}


def test_another_version_makes_another_task(place):
    driver = place.driver()
    call = driver.queue.call(square, (3,))
    plan = driver.queue.plan()
    other = replace(plan, environment={**plan.environment, "torch": "1.0"})
    assert driver.queue.id_of("square 3", call, plan) != driver.queue.id_of("square 3", call, other)


def test_what_a_task_raises_is_raised_by_the_driver_and_tried_again_when_asked_for(place):
    driver = place.driver(numbers=())
    driver.offer([("fail", fail, (7,)), ("square 3", square, (3,))])
    place.done()
    with pytest.raises(ValueError, match=r"^7 is no good$"):
        place.outcomes(driver)
    driver.withdraw()
    assert driver.queue.tasks() == []
    driver.close()
    assert {name.split("/")[0] for name in place.files()} == {"plan.json", "results"}  # square 3 was finished
    again = place.driver()
    assert place.values(again) == {"square 3": 9}


def test_what_is_told_reaches_the_watch_once(place, monkeypatch):
    driver = place.driver(numbers=())
    driver.offer([("tell", tell, ())])
    worker, _ = place.worker()
    task, attempt = worker.claim()

    def telling(*, progress):
        progress(0.1, {"loss": 3.0})
        progress(0.2, {"scores": [0.5]})
        for _ in range(2):
            worker.look()
            driver.follow(place.heard, set())
        return tell(progress=progress)

    monkeypatch.setattr(worker.queue, "call_of", lambda task: ("tell", telling, []))
    worker.do(task, attempt)
    place.outcomes(driver)
    assert place.heard.shares == [
        ("tell", 0.2, {"loss": 3.0, "scores": [0.5]}),
        ("tell", 0.5, {"loss": 2.5, "scores": [0.1, 0.2]}),
    ]


def test_a_large_argument_of_many_tasks_is_written_once(place):
    driver = place.driver(numbers=())
    large = ("x" * LARGE, 1)
    driver.offer([(f"{place}", square, (large,)) for place in range(3)])
    (path,) = (driver.queue.folder / "shared").iterdir()
    assert all(len((driver.queue.tasks_folder / task.file).read_text()) < LARGE for task in driver.queue.tasks())
    worker, _ = place.worker()
    arguments = [worker.queue.call_of(task)[2][0] for task in worker.queue.tasks()]
    assert arguments == [large] * 3
    assert arguments[0] is arguments[1]
    path.write_text(path.read_text().replace("xx", "yx"))
    with pytest.raises(ValueError, match=rf"{path} is damaged: its checksum is another one"):
        place.worker("two")[0].queue.call_of(worker.queue.tasks()[0])


@pytest.mark.slow
def test_killed_at_any_point_a_worker_loses_nothing_and_another_goes_on(place):
    driver = place.driver()
    driver._ending.close()  # no signs of life while their folder is removed
    (task,) = driver.queue.tasks()

    def prepare():
        for folder in (driver.queue.results_folder, driver.queue.leases.folder):
            shutil.rmtree(folder)
            folder.mkdir()
        driver.offer([("square 3", square, (3,))])

    def work():
        worker, _ = place.worker("killed")
        worker.do(*worker.claim())

    steps = 0
    for steps in killed_at_every_step(work, prepare):  # noqa: B007
        other, clock = place.worker("other")
        watched(other, clock, LEASE)
        if claimed := other.claim():
            other.do(*claimed)
        assert [outcome.result for outcome in place.outcomes(driver)] == [9]
        assert not driver.queue.has_result(task.id)
    assert steps > 20


@pytest.mark.slow
def test_killed_at_any_point_a_driver_is_replaced_by_the_next_one(place):
    numbers = (2, 3)

    def prepare():
        shutil.rmtree(place.home, ignore_errors=True)
        taken.unlink(missing_ok=True)

    taken = place.home.with_name("taken")

    def work():
        driver = place.driver(numbers=numbers)
        driver._ending.close()  # no thread: a step is of this one
        place.done()
        for one in driver.finished(place.heard):
            taken.open("a").write(f"{one.task}\n")  # as a store keeps it
        driver.pause()
        driver.close()

    steps = 0
    for steps in killed_at_every_step(work, prepare):  # noqa: B007
        there = set(taken.read_text().splitlines()) if taken.exists() else set()
        left = tuple(number for number in numbers if f"square {number}" not in there)
        again = place.driver(numbers=left)
        worker, clock = place.worker("other")
        watched(worker, clock, LEASE)
        place.done("last")
        while claimed := worker.claim():
            worker.do(*claimed)
        assert place.values(again) == {f"square {number}": number * number for number in left}
        again.close()
        assert not (place.home / "queue").exists()
    assert steps > 40


def test_a_driver_that_is_interrupted_leaves_the_work_to_workers_and_says_how_to_end_them(place, monkeypatch):
    executor = Workers.with_resources(Resources(folder=place.home, lease=1.0))
    steps = iter(["a worker comes", "it is heard", "Ctrl-C"])

    def sleep(seconds):
        step = next(steps)
        if step == "a worker comes":
            place.worker()[0].look()
        elif step == "Ctrl-C":
            raise KeyboardInterrupt
        time.sleep(seconds)

    def interrupted():
        with executor:
            executor.submit("square 3", square, 3)
            list(executor.outcomes(place.heard))

    with monkeypatch.context() as patch:
        patch.setattr(shared_folder.executor, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    executor.close()
    assert place.done().done == 1
    assert any(f"nasrank work {place.home} --stop" in note for note in place.heard.notes)
    with executor:
        executor.submit("square 3", square, 3)
        assert [one.result for one in executor.outcomes(place.heard)] == [9]
    executor.close()
    assert not place.home.exists()


def test_how_a_queue_stands(place, monkeypatch):
    assert standing_of(place.home) == QueueStanding()
    driver = place.driver(numbers=())
    driver.offer([("tell", tell, ()), ("fail", fail, (7,)), ("square 3", square, (3,)), ("square 4", square, (4,))])
    worker, _ = place.worker()
    first = worker.claim()
    second, _ = place.worker("two")
    second.do(*second.claim())
    second.do(*second.claim())
    seen = []

    def telling(*, progress):
        tell(progress=progress)
        worker.look()
        seen.append(standing_of(place.home))

    monkeypatch.setattr(worker.queue, "call_of", lambda task: ("tell", telling, []))
    worker.do(*first)
    (standing,) = seen
    assert (standing.planned, standing.lease) == (True, LEASE)
    assert [task.name for task in standing.tasks] == ["tell", "fail", "square 3", "square 4"]
    assert [task.state for task in standing.tasks] == ["running", "failed", "done", "waiting"]
    running, failed, _, waiting = standing.tasks
    assert (running.share, running.figures, running.attempts) == (0.5, {"loss": 2.5, "scores": [0.1, 0.2]}, 1)
    assert running.worker == standing.driver
    assert running.beat > 0
    assert failed.reason == "7 is no good"
    assert (waiting.worker, waiting.attempts) == ("", 0)
    assert [(one.task, one.done) for one in standing.workers] == [("tell", 0), ("", 2)]
    driver.leave()
    assert standing_of(place.home).driver == ""


def test_resources_are_heeded_or_refused(tmp_path):
    made = Workers.with_resources(Resources(folder=tmp_path, lease=7.0))
    assert made.jobs == 1
    assert made.scratch == tmp_path / "queue" / "checkpoints"
    assert Workers.with_resources(Resources(jobs=3, folder=tmp_path)).jobs == 3
    with pytest.raises(ValueError, match="needs a folder that all machines see"):
        Workers.with_resources(Resources())
    with pytest.raises(ValueError, match="--address means nothing to the executor 'workers'"):
        Workers.with_resources(Resources(folder=tmp_path, address="auto"))
