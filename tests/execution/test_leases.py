"""Who may do a task: one worker at a time, and another when that one has given no sign of life for long enough."""

from __future__ import annotations

import json
import os

import pytest
from queues import LEASE, Clock, watched
from remote_tasks import square

from nasrank.bench.execution.shared_folder import worker as workers
from nasrank.bench.execution.shared_folder.beating import Attempting
from nasrank.bench.execution.shared_folder.files import create, put_in_place, read, replace
from nasrank.bench.execution.shared_folder.leases import Attempt, Leases, Silences
from nasrank.bench.execution.shared_folder.queue import MOST_ATTEMPTS


def test_a_task_is_claimed_by_one(place):
    place.driver(numbers=(2, 3))
    one, two = place.worker("one")[0], place.worker("two")[0]
    (first, _), (second, _) = one.claim(), two.claim()
    assert first.id != second.id
    assert one.claim() is None
    assert two.claim() is None


def test_of_many_who_want_the_next_attempt_one_has_it(place):
    place.driver()
    place.worker("dead")[0].claim()
    observers = [place.worker(f"{number}") for number in range(5)]
    for worker, clock in observers:
        watched(worker, clock, LEASE)
    claims = [worker.claim() for worker, _ in observers]
    assert [claim[1].number for claim in claims if claim] == [2]


def test_signs_of_life_keep_a_lease_and_silence_loses_it(place):
    place.driver()
    holder, _ = place.worker("holder")
    task, attempt = holder.claim()
    attempting = Attempting(holder.queue.leases, attempt, lambda: holder.queue.is_wanted(task))
    other, clock = place.worker("other", start=1e9)  # clocks of machines have nothing in common
    watched(other, clock, 10 * LEASE, meanwhile=attempting.beat)
    assert other.claim() is None
    watched(other, clock, 0.9 * LEASE)
    assert other.claim() is None
    watched(other, clock, 0.2 * LEASE)
    assert other.claim() == (task, Attempt(task.id, 2))


def test_an_observer_that_was_stopped_itself_takes_nobody_for_dead(place):
    place.driver()
    place.worker("holder")[0].claim()
    other, clock = place.worker("other")
    other.look()
    clock.now += 1e6
    other.look()
    assert other.claim() is None


def test_a_holder_that_died_before_it_could_sign_is_taken_over(place):
    """Its lease is an empty file, and there is no sign of life at all."""
    driver = place.driver()
    (task,) = driver.queue.tasks()
    (driver.queue.leases.folder / f"{task.id}.1").touch()
    other, clock = place.worker("other")
    watched(other, clock, 0.9 * LEASE)
    assert other.claim() is None
    watched(other, clock, LEASE)
    assert other.claim()[1].number == 2


def test_what_is_released_is_open_at_once_and_does_not_count(place):
    driver = place.driver()
    for number in range(1, 3 * MOST_ATTEMPTS):
        _, attempt = place.worker(f"{number}")[0].claim()
        assert attempt.number == number
        driver.queue.leases.end(attempt, "released")
    driver.follow(place.heard, set())
    assert driver.left


def test_after_some_attempts_that_died_a_task_is_given_up_and_tried_again_when_it_is_asked_for(place):
    clock = Clock()
    driver = place.driver(clock=clock)
    for number in range(1, MOST_ATTEMPTS + 1):
        worker, own = place.worker(f"w{number}")
        watched(worker, own, LEASE)
        assert worker.claim()[1].number == number
        driver.follow(place.heard, set())
    assert place.outcomes(driver) == []
    for _ in range(12):
        clock.now += LEASE / 10
        driver.follow(place.heard, set())
    worker, own = place.worker("late")
    watched(worker, own, LEASE)
    assert worker.claim() is None
    (outcome,) = place.outcomes(driver)
    host = f"{os.uname().nodename}:{os.getpid()}"
    assert outcome.lost == f"its workers died, 5 in turn, the last ones {host}, {host}, {host}"
    assert sum("takes it over, as" in note for note in place.heard.notes) == MOST_ATTEMPTS - 1
    driver.pause()
    driver.leave()

    again = place.driver()
    worker, own = place.worker("again")
    task, attempt = worker.claim()
    assert attempt.number == MOST_ATTEMPTS + 1
    worker.do(task, attempt)
    assert [outcome.result for outcome in place.outcomes(again)] == [9]


def test_a_displaced_worker_gives_its_attempt_up(place, monkeypatch):
    place.driver()
    slow, _ = place.worker("slow")
    task, attempt = slow.claim()
    other, clock = place.worker("other")
    watched(other, clock, LEASE)

    def displaced(number, *, progress):
        progress(number / 10)
        assert other.claim()[1].number == 2
        slow.look()
        progress(0.2)
        raise AssertionError("it went on")

    monkeypatch.setattr(slow.queue, "call_of", lambda task: ("square 3", displaced, [3]))
    slow.do(task, attempt)
    assert "given up" in place.said[-1]
    assert "another worker has taken it over" in place.said[-1]
    assert not slow.queue.has_result(task.id)
    other.do(task, Attempt(task.id, 2))
    assert other.done == 1


def test_a_displaced_worker_that_is_first_wins_and_the_other_result_is_dropped(place, monkeypatch):
    driver = place.driver()
    slow, _ = place.worker("slow")
    claimed = slow.claim()
    other, clock = place.worker("other")
    watched(other, clock, LEASE)
    later = []

    def displaced(number, *, progress):
        later.extend(other.claim())
        return square(number, progress=progress)

    monkeypatch.setattr(slow.queue, "call_of", lambda task: ("square 3", displaced, [3]))
    slow.do(*claimed)
    task, attempt = later
    monkeypatch.setattr(other.queue, "is_wanted", lambda task: True)  # the network shows it what was there before
    other.do(task, attempt)
    assert (slow.done, other.done) == (1, 0)
    assert "another worker was first" in place.said[-1]
    assert [outcome.result for outcome in place.outcomes(driver)] == [9]


def test_of_two_complete_results_the_first_one_stays(tmp_path):
    assert put_in_place(tmp_path / "result", {"value": 1})
    assert not put_in_place(tmp_path / "result", {"value": 2})
    assert read(tmp_path / "result" / "content.json")["value"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_rename_whose_answer_was_lost_is_known_to_be_ones_own(tmp_path, monkeypatch):
    """A network file system repeats the request, and says that the folder is gone."""
    from pathlib import Path

    rename = Path.rename

    def twice(self, target):
        rename(self, target)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", twice)
    assert put_in_place(tmp_path / "result", {"value": 1})


def test_a_file_is_created_once_and_replaced_whole(tmp_path):
    assert create(tmp_path / "a", {"by": 1})
    assert not create(tmp_path / "a", {"by": 2})
    replace(tmp_path / "a", {"by": 3})
    assert json.loads((tmp_path / "a").read_text()) == {"by": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_names_with_dots_and_numbers_are_told_apart(tmp_path):
    leases = Leases(tmp_path)
    for task, number in (("a.1", 2), ("a", 1), ("a", 2), ("a.released", 1)):
        leases.claim(task, number, {"host": "h"})
        leases.beat(Attempt(task, number), {"count": 1})
    leases.end(Attempt("a", 1), "dead")
    (tmp_path / "rubbish").touch()
    (tmp_path / ".hidden.1").touch()
    assert leases.attempts() == {
        "a.1": [Attempt("a.1", 2)],
        "a": [Attempt("a", 1, "dead"), Attempt("a", 2)],
        "a.released": [Attempt("a.released", 1)],
    }


def test_silence_counts_only_while_one_listens():
    clock = Clock()
    silences = Silences(30.0, clock)
    assert not silences.is_dead("x")
    silences.hear("x", 1)
    for _ in range(3):
        clock.now += 1000
        assert not silences.is_dead("x")
        silences.hear("x", 1)
    assert silences.is_dead("x")
    silences.hear("x", 2)
    assert not silences.is_dead("x")


def test_a_worker_leaves_when_all_is_done_and_when_nothing_is_to_do(place, monkeypatch):
    monkeypatch.setattr(workers, "_LOOK", 0.0)
    worker, clock = place.worker(joins=False)
    monkeypatch.setattr(worker._ending, "wait", lambda seconds: setattr(clock, "now", clock.now + 1.0))
    assert "nothing to do for 0.166667 minutes" in worker.work()
    driver = place.driver()
    monkeypatch.setattr(worker._ending, "wait", lambda seconds: (place.outcomes(driver), driver.close()))
    assert worker.work() == worker.ALL_DONE
    assert place.said == ["works for " + str(place.home), place.said[1]]
    assert place.said[1].startswith("square 3: done (")
    assert not place.home.exists()


def test_workers_that_are_there_stop_when_they_are_asked_to_and_later_ones_work(place, monkeypatch):
    driver = place.driver()
    worker, _ = place.worker()
    driver.queue.stop()
    assert worker.work() == "told to end"
    later, _ = place.worker("later")
    monkeypatch.setattr(later._ending, "wait", lambda seconds: (place.outcomes(driver), driver.close()))
    assert later.work() == later.ALL_DONE
    assert (worker.done, later.done) == (0, 1)


def test_a_worker_that_is_told_to_end_releases_its_task_when_it_next_tells_how_far_it_is(place, monkeypatch):
    place.driver()
    worker, _ = place.worker()
    task, attempt = worker.claim()

    def told(number, *, progress):
        progress(0.1)
        worker._ending.set()
        return square(number, progress=progress)

    monkeypatch.setattr(worker.queue, "call_of", lambda task: ("square 3", told, [3]))
    worker.do(task, attempt)
    assert "given up" in place.said[-1]
    assert place.worker("other")[0].claim() == (task, Attempt(task.id, 2))


@pytest.mark.parametrize("content", ["", "{", "[]", "5", '"a"', '{"count": "many", "told": 3}'])
def test_rubbish_in_signs_of_life_and_leases_informs_nobody(place, content):
    driver = place.driver()
    worker, _ = place.worker("one")
    task, attempt = worker.claim()
    for name in (attempt.key, f"{attempt.key}.beat"):
        (driver.queue.leases.folder / name).write_text(content)
    (driver.queue.workers_folder / "x.json").write_text(content)
    driver.follow(place.heard, set())
    assert place.heard.shares == []
    worker.do(task, attempt)
    assert [outcome.result for outcome in place.outcomes(driver)] == [9]
