"""Ctrl-C ends a run once and in good order, however often it comes (issue: it left semaphores and hid our message)."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nasrank.bench.execution import process_pool
from nasrank.bench.foundation.interrupts import asked_to_end, ended_once


@pytest.fixture(autouse=True)
def _not_in_the_background():
    """A shell starts what it puts into the background with Ctrl-C ignored, and tests with what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


HANDLED = """
import os, signal, sys, time
from nasrank.bench.execution import process_pool
from nasrank.bench.foundation.interrupts import asked_to_end, ended_once
try:
    with ended_once():
        print("ready", flush=True)
        time.sleep(30)
except KeyboardInterrupt:
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
    time.sleep(0.1)
    print("cleaned up", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_cleans_up_is_not_interrupted(number):
    process = subprocess.Popen(
        [sys.executable, "-c", HANDLED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "cleaned up\n", "")


def test_without_a_signal_everything_is_as_before():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with ended_once():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_what_is_ignored_stays_so():
    """As in a program that a shell has put into the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ended_once():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_changed():
    found = []

    def run():
        with ended_once():
            found.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]


def test_a_worker_that_was_just_being_given_a_task_is_ended_with_the_others(monkeypatch):
    """Else the program would wait for its task at its end."""
    submit = process_pool._Uninterrupted.submit

    def interrupted(self, *task):
        submit(self, *task)
        raise KeyboardInterrupt

    monkeypatch.setattr(process_pool._Uninterrupted, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt), process_pool.one_thread_workers(1) as some:
        some.submit("a long sleep", time.sleep, 600)
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_an_interrupted_run_says_so_once_and_leaves_nothing_behind(tmp_path: Path):
    """As under tox: all processes get the signal, and the first of them another one."""
    command = [sys.executable, "-m", "nasrank", "run", "nb201-smoke", "--jobs", "2"]
    run = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        assert run.stdout is not None
        next(line for line in run.stdout if "trials to run" in line)
        time.sleep(6)  # workers start
        os.killpg(run.pid, signal.SIGINT)
        for _ in range(3):
            time.sleep(0.02)
            run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 130, out
    assert out.count("interrupted; give the same command again") == 1
    for word in ("Traceback", "leaked", "Exception ignored"):
        assert word not in out


def test_what_asks_to_end_interrupts_nothing_and_is_known():
    before = signal.getsignal(signal.SIGTERM)
    with asked_to_end() as ending:
        assert not ending.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert ending.wait(5)
        assert ending.signal == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_is_ignored_asks_nothing():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with asked_to_end() as ending:
            os.kill(os.getpid(), signal.SIGINT)
            assert not ending.wait(0.05)
    finally:
        signal.signal(signal.SIGINT, before)
