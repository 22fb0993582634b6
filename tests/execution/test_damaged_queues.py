"""What a queue refuses, and says so: other versions, plugins that nobody named, damaged files; and full disks."""

from __future__ import annotations

import errno
import json
from dataclasses import replace

import pytest
import remote_tasks
from queues import damage
from remote_tasks import square

from nasrank.bench.execution.shared_folder import files
from nasrank.bench.execution.shared_folder import worker as workers
from nasrank.bench.execution.shared_folder.outcomes import RemoteError, of_error, outcome
from nasrank.bench.execution.shared_folder.standing import standing_of
from nasrank.bench.foundation import plugins


def test_a_worker_with_other_versions_refuses(place):
    driver = place.driver()
    plan = driver.queue.plan()
    replace(plan, environment={**plan.environment, "torch": "1.0"}).write(driver.queue.plan_file)
    with pytest.raises(ValueError, match=r"differs from the driver of .* in torch: the driver has \{'torch': '1.0'\}"):
        place.worker()


def test_a_worker_without_the_plugin_refuses_and_does_not_import_it(place, tmp_path):
    path = tmp_path / "my_plugin.py"
    path.write_text("raise AssertionError('imported')")
    driver = place.driver()
    plan = driver.queue.plan()
    replace(plan, plugins={"my_plugin.py": "00"}).write(driver.queue.plan_file)
    with pytest.raises(ValueError, match=r"if you trust it, .* nasrank work .*report --plugin my_plugin.py"):
        place.worker()
    replace(plan, plugins={"remote_tasks": "00"}).write(driver.queue.plan_file)
    with pytest.raises(ValueError, match="the plugin remote_tasks is another one here"):
        place.worker()
    assert plugins.fingerprints().keys() == {"remote_tasks"}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (UnicodeDecodeError("utf-8", b"a", 0, 1, "why"), ValueError, "can't decode byte"),
        (MemoryError("much"), MemoryError, "much"),
        (OSError(errno.EIO, "broken"), OSError, "broken"),
        (KeyError("x"), RemoteError, "(?s)^square 3: KeyError: 'x'\non another machine:\n.*KeyError"),
        (RuntimeError("out of memory"), RemoteError, "out of memory"),
    ],
    ids=repr,
)
def test_errors_keep_their_kind_where_the_command_line_has_words_for_it(place, error, kind, words):
    content = json.loads(json.dumps(of_error(error)))
    with pytest.raises(kind, match=words):
        outcome("square 3", content, place.driver().queue.plain, place.home)


def test_a_call_that_cannot_be_sent_is_refused_before_anything_is_offered(place):
    driver = place.driver(numbers=())
    for function, argument, words in (
        (square, object(), "object cannot be sent"),
        (remote_tasks.not_marked, 1, "not_marked cannot be called from another machine"),
    ):
        with pytest.raises(ValueError, match=words):
            driver.offer([("a", square, (1,)), ("b", function, (argument,))])
    assert driver.queue.tasks() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is damaged: "),
        ("[]", "is damaged: "),
        ("{}", "is refused: KeyError|is refused: 'call'"),
        ('{"task": "a", "call": {"function": "os:system", "arguments": ["true"]}}', "'os' is no module of nasrank"),
        ('{"task": "a", "call": {"function": "remote_tasks:not_marked", "arguments": []}}', "is no task"),
        ('{"task": "a", "call": {"function": "remote_tasks:square", "arguments": [{"$shared": "../x"}]}}', "names no"),
        ('{"task": "a", "call": {"function": "remote_tasks:square", "arguments": [{"$shared": "ab"}]}}', "is missing"),
        ('{"task": "a", "call": {"function": "remote_tasks:square", "arguments": 3}}', "is refused"),
        ('{"task": "a", "call": {"function": "remote_tasks:square", "arguments": ["a", 1, 2]}}', "argument"),
    ],
)
def test_a_damaged_task_is_refused_by_its_name(place, text, words):
    driver = place.driver()
    (task,) = driver.queue.tasks()
    damage(driver.queue.tasks_folder / task.file, text)
    place.done()
    with pytest.raises((ValueError, RemoteError), match=words) as refused:
        place.outcomes(driver)
    assert task.file in str(refused.value) or isinstance(refused.value, RemoteError)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"raised": 3}', '{"value": {"$fields": "os:system", "value": 1}}'])
def test_a_damaged_result_is_refused_by_its_name(place, text):
    driver = place.driver()
    place.done()
    (task,) = driver.queue.tasks()
    path = driver.queue.path_of_result(task.id)
    damage(path, text)
    with pytest.raises(ValueError, match=rf"^{path} is damaged: "):
        place.outcomes(driver)


@pytest.mark.parametrize("change", [{"state": "odd"}, {"lease": 0}, {"environment": 3}, {"plugins": {"a": 1}}, None])
def test_a_damaged_plan_is_refused_by_its_name(place, change):
    driver = place.driver()
    path = driver.queue.plan_file
    content = json.loads(path.read_text())
    damage(path, "{" if change is None else json.dumps({**content, **change}))
    with pytest.raises(ValueError, match=rf"^{path} is damaged: "):
        place.worker()
    with pytest.raises(ValueError, match=rf"^{path} is damaged: "):
        standing_of(place.home)


def full(path, _content):
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


def test_a_result_is_written_again_when_the_disk_has_room(place, monkeypatch):
    driver = place.driver()
    worker, _ = place.worker()
    task, attempt = worker.claim()
    write, waits = files._write, []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            monkeypatch.setattr(files, "_write", write)
        return False

    monkeypatch.setattr(worker._ending, "wait", wait)
    monkeypatch.setattr(files, "_write", full)
    worker.do(task, attempt)
    assert waits == [2.0, 5.0]
    assert sum("the disk is full; the result of square 3 is written again in" in said for said in place.said) == 2
    assert sum("others may take this worker for dead" in said for said in place.said) == 1
    assert place.values(driver) == {"square 3": 9}


def test_a_worker_whose_disk_stays_full_releases_its_task_and_says_so(place, monkeypatch):
    driver = place.driver()
    worker, _ = place.worker()
    monkeypatch.setattr(workers, "_ROOM_AFTER", (0.0, 0.0))
    with monkeypatch.context() as patch:
        patch.setattr(files, "_write", full)
        with pytest.raises(ValueError, match=r"^the disk is full: .*; square 3 is left to others. Make room"):
            worker.do(*worker.claim())
    assert not [name for name in place.files() if "results" in name]
    assert place.done("two").done == 1
    assert place.values(driver) == {"square 3": 9}


def test_a_task_that_finds_the_disk_full_itself_is_left_to_others(place, monkeypatch):
    place.driver()
    worker, _ = place.worker()
    monkeypatch.setattr(worker.queue, "call_of", lambda task: ("square 3", lambda *_, progress: full("x", 0), []))
    with pytest.raises(ValueError, match="is left to others"):
        worker.do(*worker.claim())
    assert place.done("two").done == 1
