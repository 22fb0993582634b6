"""What every registered executor owes those who give it tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from remote_tasks import fail, square, tell, threads

from nasrank.bench.execution import EXECUTORS, NO_FIGURES, Executor, Figures, Resources, Watch
from nasrank.bench.foundation import plugins

KINDS = {name: kind for name, kind in EXECUTORS.items() if name != "ray" or find_spec("ray")}
"""All that is registered; Ray is installed by `tox -e ray` alone, which holds it to the same."""

pytestmark = [
    pytest.mark.slow,  # processes import torch
    pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS),
]


class Heard(Watch):
    def __init__(self) -> None:
        self.shares: dict[str, list[float]] = {}
        self.figures: dict[str, Figures] = {}

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        self.shares.setdefault(task, []).append(share)
        self.figures.setdefault(task, figures)


class OfShares(Watch):
    """As one of before tasks told more than their share."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def progress(self, task: str, share: float) -> None:  # type: ignore[override]
        assert task == "telling"
        self.shares.append(share)


@pytest.fixture
def make(kind: type[Executor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Executor]]:
    """Makes executors of the kind, with a folder for those that need one."""
    monkeypatch.setenv(plugins.VARIABLE, "remote_tasks")  # other processes may do its tasks, too
    plugins.load()
    made = []

    def with_jobs(jobs: int) -> Executor:
        made.append(kind.with_resources(Resources(jobs=jobs, folder=tmp_path / "report")))
        return made[-1]

    yield with_jobs
    for executor in made:
        executor.close()


def test_every_task_has_one_outcome(make):
    heard = Heard()
    with make(1) as executor:
        for number in range(5):
            executor.submit(str(number), square, number)
        found = {outcome.task: outcome for outcome in executor.outcomes(heard)}
    assert {task: outcome.result for task, outcome in found.items()} == {str(n): n * n for n in range(5)}
    assert not any(outcome.lost for outcome in found.values())
    assert heard.shares.keys() <= found.keys()
    assert heard.shares["0"] == [0.5]


def test_what_a_task_tells_of_itself_is_passed_on_with_its_share(make):
    heard, of_shares = Heard(), OfShares()
    with make(1) as executor:
        for watch in (heard, of_shares):
            executor.submit("telling", tell)
            assert [outcome.lost for outcome in executor.outcomes(watch)] == [""]
    assert heard.shares == {"telling": [0.5]}
    assert heard.figures == {"telling": {"loss": 2.5, "scores": [0.1, 0.2]}}
    assert of_shares.shares == [0.5]


def test_tasks_may_be_given_after_others_are_done(make):
    with make(1) as executor:
        assert list(executor.outcomes(Watch())) == []
        for number in (2, 3):
            executor.submit(str(number), square, number)
            assert [outcome.result for outcome in executor.outcomes(Watch())] == [number * number]


def test_it_can_be_entered_again(make):
    executor = make(1)
    for number in (2, 3):
        with executor:
            executor.submit(str(number), square, number)
            assert [outcome.result for outcome in executor.outcomes(Watch())] == [number * number]


def test_what_a_task_raises_is_raised_here_and_ends_the_rest(make):
    executor = make(1)

    def run() -> None:
        with executor:
            executor.submit("wrong", fail, 7)
            executor.submit("right", square, 2)
            list(executor.outcomes(Watch()))

    with pytest.raises(ValueError, match="7 is no good"):
        run()
    with executor:
        assert list(executor.outcomes(Watch())) == []


def test_tasks_compute_on_one_thread_by_deterministic_algorithms(make):
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with make(1) as executor:
        executor.submit("threads", threads)
        assert [outcome.result for outcome in executor.outcomes(Watch())] == [(1, True)]
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


@pytest.mark.parametrize("jobs", [0, -1])
def test_it_does_at_least_one_task_at_a_time(make, jobs):
    with pytest.raises(ValueError, match=f"jobs = {jobs}; an executor does at least one task"):
        make(jobs)


def test_it_is_registered_by_its_name(kind):
    assert EXECUTORS[kind.name] is kind


def test_it_can_be_closed_and_entered_again(make):
    executor = make(1)
    for number in (2, 3):
        with executor:
            executor.submit(str(number), square, number)
            assert [outcome.result for outcome in executor.outcomes(Watch())] == [number * number]
        executor.close()
