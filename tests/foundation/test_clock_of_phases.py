"""When phases took place, how long they took and on what."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from nasrank.bench.foundation import clock
from nasrank.bench.foundation.clock import Clock
from nasrank.bench.foundation.environment import processor
from nasrank.bench.training.snapshot import put, take


@pytest.fixture
def now(monkeypatch):
    """A clock that is set by hand."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(clock.time, "perf_counter", lambda: now.seconds)
    return now


def test_phases_that_come_again_are_summed_for_each_device(now):
    timed = Clock("abacus")
    for name, on, seconds in (
        ("training", "GPU", 10),
        ("scoring", None, 1),
        ("training", None, 5),
        ("scoring", "abacus", 2),
    ):
        now.seconds += 0.5
        timed.phase(name, on)
        now.seconds += seconds - 0.5
    assert timed.seconds == {"preparing": 0.5, "training": 15.0, "scoring": 2.5}
    assert [(one["phase"], one["on"], one["seconds"]) for one in timed.phases] == [
        ("preparing", "abacus", 0.5),
        ("training", "GPU", 15.0),
        ("scoring", "GPU", 1.0),
        ("scoring", "abacus", 1.5),
    ]


def test_what_goes_on_is_counted_until_now(now):
    timed = Clock("abacus")
    now.seconds = 2
    assert timed.seconds == {"preparing": 2.0}
    now.seconds = 3
    assert [one["seconds"] for one in timed.phases] == [3.0]
    assert timed.seconds == {"preparing": 3.0}


def test_a_phase_started_when_it_came_first(monkeypatch):
    before = datetime.now(UTC).replace(microsecond=0)
    timed = Clock()
    timed.phase("training")
    first = timed.phases
    monkeypatch.setattr(clock, "datetime", None)  # later times are not asked for
    timed.phase("preparing")
    timed.phase("training")
    assert [one["started"] for one in timed.phases] == [one["started"] for one in first]
    for one in first:
        started = datetime.fromisoformat(one["started"])
        assert started.utcoffset() is not None
        assert before <= started <= datetime.now(UTC)
        assert one["on"] == processor()


def test_what_a_checkpoint_keeps_goes_on(now):
    """Put into a clock that is made anew; what passed in between belongs to no phase."""
    timed = Clock("abacus")
    now.seconds = 1
    timed.phase("training")
    now.seconds = 4
    timed.phase("training")
    kept = {name: dict(getattr(timed, name)) for name in Clock.changing}
    now.seconds = 100
    again = Clock("another")
    for name, value in kept.items():
        setattr(again, name, value)
    now.seconds = 102
    again.phase("training")
    now.seconds = 105
    assert again.seconds == {"preparing": 3.0, "training": 6.0}
    assert {(one["phase"], one["on"]) for one in again.phases} == {
        ("preparing", "abacus"),
        ("training", "abacus"),
        ("preparing", "another"),
        ("training", "another"),
    }


def test_a_processors_own_time_is_told_beside_the_clocks(now, monkeypatch):
    had = SimpleNamespace(seconds=7.0)
    monkeypatch.setattr(clock.time, "process_time", lambda: had.seconds)
    timed = Clock("abacus")
    now.seconds, had.seconds = 10, 8.5
    timed.phase("training")
    now.seconds, had.seconds = 14, 12.25
    assert [(one["seconds"], one["cpu_seconds"]) for one in timed.phases] == [(10.0, 1.5), (4.0, 3.75)]
    tensors = {}
    kept = json.loads(json.dumps(take(timed, tensors, "clock")))
    now.seconds, had.seconds = 0, 100
    again = Clock("abacus")
    put(again, kept, tensors)
    again.phase("training")
    now.seconds, had.seconds = 1, 101
    assert [(one["seconds"], one["cpu_seconds"]) for one in again.phases] == [(10.0, 1.5), (5.0, 4.75)]
