"""What is shown while a run goes on, in a terminal and where output goes to a file."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest

from nasrank.bench.commands.in_words import elapsed_in_words, figures_in_words, left_in_words
from nasrank.bench.commands.watching import Bars
from nasrank.bench.execution.looking_on.remaining import Remaining
from nasrank.bench.foundation.terminal import Terminal


class Now:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def watched(*, terminal: bool) -> str:
    """All that is written of a run of four trials, two at a time."""
    output = io.StringIO()
    bars = Bars(Terminal(file=output, force_terminal=terminal, width=120, legacy_windows=False))
    bars.expect({"spos-plain-seed0": 30.0, "spos-landmark-seed0": 60.0, "gdas-plain-seed0": 60.0}, 2)
    bars.begin("all trials", 4, 1)
    bars.progress("spos-plain-seed0", 0.5, {"loss": 2.345, "scores": [0.5]})
    bars.progress("spos-plain-seed0", 0.6, {"tau": -0.214})
    if terminal:
        bars._display.refresh()
    bars.done("spos-plain-seed0", "1,500 passes in 300 steps, 12 s")
    bars.found("SPOS [x]", {"tau before": 0.25, "tau after": 0.5, "of 3 seed(s)": 1})
    if terminal:
        bars._display.refresh()
    bars.end()
    return output.getvalue()


def test_a_terminal_shows_loss_tau_and_a_table():
    shown = watched(terminal=True)
    assert "loss 2.35, tau −0.21" in shown
    assert "tau before" in shown
    assert "SPOS [x]" in shown
    assert "elapsed 0:00, left about " in shown
    assert "1,500 passes in 300 steps, 12 s" in shown


def test_a_file_gets_a_line_for_each_thing_that_happened():
    assert watched(terminal=False).splitlines() == [
        "spos-plain-seed0             1,500 passes in 300 steps, 12 s  (2 of 4, elapsed 0:00, left about 30 s)",
        "SPOS [x]: tau before 0.25, tau after 0.50, 1 of 3 seed(s)",
    ]


def test_the_rest_is_what_was_estimated_before_anything_is_known():
    left = Remaining(now := Now())
    left.expect({"a": 60.0, "b": 30.0, "c": 30.0}, 2)
    left.begin(3, 0)
    assert left.seconds == 60
    now.seconds = 20  # workers start
    assert left.seconds == 60
    left.progress("a", 0.0)
    now.seconds = 21
    assert left.seconds == pytest.approx(60, rel=0.1)


def test_the_last_worker_is_waited_for():
    left = Remaining(Now())
    left.expect({"a": 10.0, "b": 10.0, "c": 100.0}, 2)
    left.begin(3, 0)
    assert left.seconds == 110


@pytest.mark.parametrize("slowness", [0.5, 1.0, 3.0])
def test_it_settles_at_the_speed_that_is_measured(slowness):
    """One worker, tasks of different lengths, on a machine that is faster or slower than the estimate has it."""
    left = Remaining(now := Now())
    tasks = {f"t{number}": 20.0 + 40 * (number % 2) for number in range(10)}
    left.expect(tasks, 1)
    left.begin(len(tasks), 0)
    whole, errors = slowness * sum(tasks.values()), []
    for task, expected in tasks.items():
        left.progress(task, 0.0)
        for tenth in range(1, 11):
            now.seconds += slowness * expected / 10
            left.progress(task, tenth / 10)
            errors.append(abs(left.seconds - (whole - now.seconds)) / whole)
        left.done(task)
    assert max(errors[20:]) < 0.15
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(errors))
    assert left.seconds == 0


def test_without_estimates_units_are_alike():
    left = Remaining(now := Now())
    left.begin(10, 2)
    assert left.seconds is None
    now.seconds = 30
    left.done("a", 3)
    assert left.seconds == pytest.approx(50)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "left about 10 s"),
        (34, "left about 30 s"),
        (95, "left about 2 min"),
        (431, "left about 7 min"),
        (1640, "left about 25 min"),
        (3590, "left about 1 h 0 min"),
        (5000, "left about 1 h 30 min"),
    ],
)
def test_the_rest_is_said_coarsely(seconds, words):
    assert left_in_words(seconds) == words


def test_what_has_passed_is_said_as_a_clock_does():
    assert [elapsed_in_words(seconds) for seconds in (7.9, 750, 3750)] == ["0:07", "12:30", "1:02:30"]


def test_steps_come_first_and_what_is_no_number_is_said():
    told = {"loss": 2.345, "step": 1200.0, "steps": 9375.0, "tau": float("nan")}
    assert figures_in_words(told) == "step 1,200 of 9,375, loss 2.35, tau n/a"
    assert figures_in_words({"step": 12.0}) == "step 12"


def test_a_bar_shows_the_step():
    output = io.StringIO()
    bars = Bars(Terminal(file=output, force_terminal=True, width=120, legacy_windows=False))
    bars.begin("all trials", 1, 0)
    bars.progress("spos-plain-seed0", 0.5, {"step": 1200, "steps": 9375.0})
    bars._display.refresh()
    bars.end()
    assert "step 1,200 of 9,375" in output.getvalue()
