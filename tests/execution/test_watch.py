"""What a task tells reaches whoever takes it, and no more than he takes."""

from __future__ import annotations

from functools import partial

from nasrank.bench.execution import Watch, telling


def test_one_that_takes_figures_is_told_them():
    told = []
    telling(lambda share, figures: told.append((share, figures)))(0.5, {"loss": 2.0})
    telling(lambda task, share, figures=None: told.append((task, share, figures)), "a")(0.5, {"loss": 2.0})
    telling(lambda *everything: told.append(everything), "a")(0.5)
    assert told == [(0.5, {"loss": 2.0}), ("a", 0.5, {"loss": 2.0}), ("a", 0.5)]


def test_one_that_takes_the_share_alone_is_told_that():
    """As executors and watches of plugins have it."""
    shares: list[float] = []
    for progress in (shares.append, partial(lambda task, share: shares.append(share), "a"), lambda share: None):
        telling(progress)(0.5, {"loss": 2.0})
    assert shares == [0.5, 0.5]


def test_a_watch_that_says_nothing_may_be_told_everything():
    watch = Watch()
    watch.expect({"a": 1.0}, 2)
    watch.begin("all", 1, 0)
    telling(watch.progress, "a")(0.5, {"loss": 2.0})
    watch.found("a", {"tau": 0.5})
    watch.done("a")
    watch.end()
