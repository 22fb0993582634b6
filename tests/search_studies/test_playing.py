"""A run is worked out again by hand, from what a searcher asked for and the numbers that the table was made of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tiny_search import (
    GAPPY,
    NAME,
    PASS,
    TEXT,
    WITHOUT_VALID,
    changed,
    curves,
    tiny_subject,
    training_seconds,
)

from nasrank.bench.search.searcher import SEARCHERS, Choices
from nasrank.bench.search_studies import play as playing
from nasrank.bench.search_studies.play import Run, checkpoints, play
from nasrank.spaces import get_enumerated

SPACE = get_enumerated("nb201")

HALF = 59_000_000
"""Multiply-adds that about half of the cells have at most."""


class Told(NamedTuple):
    """What a searcher asked for at a time, after how many epochs, and what of it it was told."""

    asked: list[Choices]
    epochs: int | None
    told: list[Choices]
    values: np.ndarray


def recorded(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Told]:
    """Has a searcher write down what happens to it."""
    log: list[Told] = []
    kind = SEARCHERS[name]

    class Recorded(kind):  # type: ignore[misc, valid-type]
        def ask(self) -> list[Choices]:
            asked: list[Choices] = super().ask()
            log.append(Told(asked, self.epochs, [], np.empty(0)))
            return asked

        def tell(self, choices: Any, values: Any) -> None:
            last = log.pop() if log and not log[-1].told else Told([], None, [], np.empty(0))
            log.append(last._replace(told=list(choices), values=np.array(values)))
            super().tell(choices, values)

    monkeypatch.setitem(SEARCHERS, name, Recorded)
    return log


def place(choices: Choices) -> int:
    return SPACE.position(SPACE.from_choices(choices))


def price(at: int, epochs: int | None = None) -> float:
    return float(training_seconds()[at]) * ((epochs or 12) / 12) + PASS


def worth(at: int, epochs: int | None = None) -> float:
    return float(curves()[at, (epochs or 12) - 1])


def by_hand(
    log: Iterable[Told], *, seconds: float = np.inf, queries: float = np.inf, once: bool = False, most: float = np.inf
) -> Run:
    """What the run comes to, for a searcher that is told the validation accuracy."""
    run, paid, longest, best = Run(), set(), 0, -np.inf
    for asked, epochs, _, _ in log:
        for choices in asked:
            at = place(choices)
            if SPACE.cost(SPACE.at(at)).multiply_adds > most:
                continue
            if not (once and (at, epochs) in paid):
                if run.seconds + price(at, epochs) > seconds or run.queries + 1 > queries:
                    run.ended = "budget"
                    return run
                paid.add((at, epochs))
                run.seconds += price(at, epochs)
                run.queries += 1
            if (epochs or 12) > longest:
                longest, best = epochs or 12, -np.inf
            if (epochs or 12) == longest and worth(at, epochs) > best:
                best = worth(at, epochs)
                run.steps.append((run.queries, run.seconds, at, best))
    return run


SECONDS, QUERIES = ("seconds = 3000", "seconds = 3000"), ("seconds = 3000", "queries = 37")
BOTH = ("seconds = 3000", "seconds = 3000\nqueries = 9")


@pytest.mark.parametrize("name", ["random", "rea", "local_search", "reinforce", "bohb"])
@pytest.mark.parametrize(
    ("budget", "limits"),
    [(SECONDS, {"seconds": 3000}), (QUERIES, {"queries": 37}), (BOTH, {"seconds": 3000, "queries": 9})],
    ids=["seconds", "queries", "both"],
)
@pytest.mark.parametrize("reuse", ["nothing", "answers"])
def test_a_run_is_what_was_asked_charged_and_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    budget: tuple[str, str],
    limits: dict[str, float],
    reuse: str,
) -> None:
    log = recorded(monkeypatch, name)
    text = changed(budget, ('"nb201"', f'"nb201"\nreuse = "{reuse}"'), ('"random"', f'"{name}"'))
    run = play(*tiny_subject(tmp_path, text), "random", 1)
    assert run == by_hand(log, once=reuse == "answers", **limits)
    assert run.seconds <= limits.get("seconds", np.inf)
    assert run.queries <= limits.get("queries", np.inf)
    assert run.ended == "budget"
    for one in log:
        assert one.told == one.asked[: len(one.told)]
        assert one.values.ravel().tolist() == [worth(place(choices), one.epochs) for choices in one.told]


def test_the_last_second_can_be_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = recorded(monkeypatch, "random")
    play(*tiny_subject(tmp_path), "random", 0)
    spent = sum(price(place(choices)) for choices in log[0].asked[:5])
    for seconds, answers in ((spent, 5), (np.nextafter(spent, 0), 4)):
        text = changed(("seconds = 3000", f"seconds = {float(seconds)!r}"))
        assert play(*tiny_subject(tmp_path, text), "random", 0).queries == answers


LIMIT = f'[parts.cells.limits.few]\ncost = "multiply_adds"\nmost = {HALF}\n\n[searchers.random]'


@pytest.mark.slow
@pytest.mark.parametrize("name", ["random", "rea", "local_search"])
def test_what_breaks_a_limit_is_the_worst_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    log = recorded(monkeypatch, name)
    text = changed(("[searchers.random]", LIMIT), ('searcher = "random"', f'searcher = "{name}"'))
    run = play(*tiny_subject(tmp_path, text), "random", 0)
    assert run == by_hand(log, seconds=3000, most=HALF)
    for one in log:
        large = [SPACE.cost(SPACE.from_choices(choices)).multiply_adds > HALF for choices in one.told]
        assert np.isnan(one.values.ravel()).tolist() == large
    assert any(np.isnan(one.values).any() for one in log)


def test_what_is_not_in_the_table_is_the_worst_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = recorded(monkeypatch, "random")
    run = play(*tiny_subject(tmp_path, changed((NAME, GAPPY))), "random", 0)
    told = {place(choices): value for one in log for choices, value in zip(one.told, one.values.ravel(), strict=True)}
    missing = [at for at in told if at < WITHOUT_VALID.stop]
    assert missing
    assert all(np.isnan(told[at]) for at in missing)
    assert run.queries == len(told) - len(missing)
    assert run.seconds == pytest.approx(sum(price(at) for at in told if at not in missing))


def test_what_is_free_forever_ends_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(SEARCHERS["random"]):  # type: ignore[misc]
        def ask(self) -> list[Choices]:
            return [(0,) * 6]

    monkeypatch.setitem(SEARCHERS, "random", Stubborn)
    monkeypatch.setattr(playing, "MOST_FREE", 20)
    run = play(*tiny_subject(tmp_path, changed(('"nb201"', '"nb201"\nreuse = "answers"'))), "random", 0)
    assert run.queries == 1
    assert run.ended == "nothing new was asked for any more"


def test_a_searcher_may_come_to_its_end_before_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Content(SEARCHERS["random"]):  # type: ignore[misc]
        def ask(self) -> list[Choices]:
            return [] if self.seen else [(0,) * 6, (1,) * 6]

    monkeypatch.setitem(SEARCHERS, "random", Content)
    run = play(*tiny_subject(tmp_path), "random", 0)
    assert (run.queries, run.ended) == (2, "it asks for nothing more")


def test_a_loss_is_told_with_the_sign_reversed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = recorded(monkeypatch, "random")
    text = changed(
        ('dataset = "cifar10", split = "valid_25k"', 'metric = "loss", dataset = "cifar10", split = "valid_25k"')
    )
    run = play(*tiny_subject(tmp_path, text), "random", 0)
    (told,) = log
    losses = [4 - worth(place(choices)) / 30 for choices in told.told]
    assert told.values.ravel() == pytest.approx(np.negative(losses))
    assert run.steps[-1][2] == place(told.told[int(np.argmin(losses))])


@pytest.mark.parametrize("epochs", [None, 4, 12])
def test_ranks_are_lower_is_better_after_any_number_of_epochs(tmp_path: Path, epochs: int | None) -> None:
    text = changed(("objectives.validation]\n", "objectives.validation]\nrank = true\n"))
    _, subject = tiny_subject(tmp_path, text)
    values = curves()[:, (epochs or 12) - 1]
    found = subject.told("validation", epochs=epochs)
    for at in (0, 77, int(np.argmax(values))):
        assert found[at] == pytest.approx(-100 * (1 + np.sum(values > values[at])) / len(values))


FREE = [
    ("seconds = 3000", "seconds = 3000\nqueries = 30"),
    ('searcher = "random"', 'searcher = "random"\nobjectives = ["flops"]'),
]


@pytest.mark.slow
def test_objectives_that_need_no_training_cost_no_seconds(tmp_path: Path) -> None:
    run = play(*tiny_subject(tmp_path, changed(*FREE)), "random", 0)
    assert (run.queries, run.seconds) == (30, 0.0)
    values = [told for _, _, _, told in run.steps]
    assert values == sorted(values)
    assert values[-1] == -SPACE.cost(SPACE.at(run.steps[-1][2])).multiply_adds


def test_epochs_that_are_charged_come_first(tmp_path: Path) -> None:
    plain = play(*tiny_subject(tmp_path), "random", 0)
    text = changed(('searcher = "random"', 'searcher = "random"\nepochs_charged = 50.5'))
    charged = play(*tiny_subject(tmp_path, text), "random", 0)
    before = 50.5 * training_seconds().mean() / 12
    assert charged.steps[0][1] == pytest.approx(plain.steps[0][1] + before)
    assert charged.seconds <= 3000
    assert charged.queries < plain.queries


def test_fronts_are_of_all_that_was_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = recorded(monkeypatch, "random")
    text = changed(
        ("seconds = 3000", "queries = 130"),
        ('searcher = "random"', 'searcher = "random"\nobjectives = ["validation", "flops"]'),
    )
    run = play(*tiny_subject(tmp_path, text), "random", 0)
    looked = [place(choices) for one in log for choices in one.told]
    assert [count for count, _ in run.fronts] == [20, 50, 100, 130]
    for count, front in run.fronts:
        seen = looked[:count]
        points = {at: (worth(at), -SPACE.cost(SPACE.at(at)).multiply_adds) for at in seen}
        best = {
            at
            for at, (accuracy, cheap) in points.items()
            if not any(a >= accuracy and c >= cheap and (a, c) != (accuracy, cheap) for a, c in points.values())
        }
        assert set(front) == best
        assert len(front) == len(best)


@pytest.mark.slow
def test_a_front_is_kept_at_the_end_of_whatever_the_seconds_pay_for(tmp_path: Path) -> None:
    text = changed(('searcher = "random"', 'searcher = "random"\nobjectives = ["validation", "flops"]'))
    run = play(*tiny_subject(tmp_path, text), "random", 1)
    assert [count for count, _ in run.fronts] == sorted({20, run.queries})


@pytest.mark.parametrize(
    ("queries", "counts"),
    [(7, [7]), (20, [20]), (130, [20, 50, 100, 130]), (1000, [20, 50, 100, 200, 500, 1000])],
)
def test_at_which_queries_fronts_are_kept(queries: int, counts: list[int]) -> None:
    assert checkpoints(queries) == counts


def test_runs_differ_and_each_is_the_same_again(tmp_path: Path) -> None:
    study, subject = tiny_subject(tmp_path, TEXT)
    first, second = (play(study, subject, "rea", run) for run in (0, 1))
    assert first.steps != second.steps
    assert play(*tiny_subject(tmp_path, TEXT), "rea", 0) == first
