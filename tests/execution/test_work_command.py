"""`nasrank work`: what it says where there is nothing to do, and how workers are asked to leave."""

from __future__ import annotations

from remote_tasks import square

from nasrank.bench.execution.shared_folder.queue import Queue


def test_where_nothing_is_planned_it_waits_and_leaves(command, tmp_path):
    code, said, _ = command("work", tmp_path, "--patience", 0.001)
    assert code == 0
    assert "0 task(s) done; there was nothing to do for 0.001 minutes, and no driver" in said
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_there_is_not_is_a_mistake(command, tmp_path):
    code, _, complained = command("work", tmp_path / "nowhere", "--patience", 0.001)
    assert code == 2
    assert complained == f"nasrank: there is no folder {tmp_path / 'nowhere'}\n"
    code, _, complained = command("work", tmp_path, "--stop")
    assert code == 2
    assert f"{tmp_path} has no workers: there is no folder" in complained


def test_workers_are_asked_to_stop(command, place):
    driver = place.driver()
    code, said, _ = command("work", place.home, "--stop")
    assert code == 0
    assert "end when their trials next say how far they are" in " ".join(said.split())
    assert Queue(place.home).asked_to_stop()
    driver.close()


def test_what_is_planned_is_done_until_the_driver_is_gone(command, place):
    driver = place.driver(numbers=(2, 3))
    driver.leave()
    code, said, _ = command("work", place.home, "--patience", 0, "--plugin", "remote_tasks")
    assert code == 0
    assert "square 2: done" in said
    assert "2 task(s) done" in said
    again = place.driver(numbers=(2, 3))
    assert [outcome.result for outcome in place.outcomes(again)] == [square(2, progress=float), 9]


def test_a_damaged_plan_is_one_line(command, place):
    driver = place.driver()
    driver.queue.plan_file.write_text("{")
    code, _, complained = command("work", place.home, "--plugin", "remote_tasks")
    assert code == 2
    assert complained.startswith(f"nasrank: {driver.queue.plan_file} is damaged: ")
    assert complained.count("\n") == 1
