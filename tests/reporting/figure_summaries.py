"""Summaries of studies of any size for figures, without an analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from nasrank.bench.analysis.during_training import ACCURACY, AT, SKIPS
from nasrank.bench.analysis.frame import SECOND, UNDECIDED, Finding, Frame
from nasrank.bench.analysis.landmarks import BEGIN, END, LANDMARKS, VIOLATED
from nasrank.bench.analysis.rank_table import RankTable
from nasrank.bench.analysis.summary import Ceiling, Pair, Reference, Summary

SEEDS = (0, 1, 2)
BASELINES = (Reference("ridge", "ridge on the same labels", 30), Reference("parameters", "parameter count", 0))


def pair_of(place: int, **changed: Any) -> Pair:
    """The row in this place, a strategy that shares nothing with another."""
    name = f"row-{place}"
    own = {"label": f"strategy {place}", "before": f"{name}-plain", "after": f"{name}-landmark", "base": name}
    return Pair(name=name, **{**own, "score": "accuracy", "labels": 30, "labels_of": "row-0", **changed})


def variant_of(place: int, *, shares: bool = True, **changed: Any) -> Pair:
    """A row that is compared with the first, and may share its arm before."""
    return pair_of(place, base="row-0", setting="loss", **({"before": "row-0-plain"} if shares else {}), **changed)


def summary_of(pairs: Sequence[Pair], statuses: Sequence[str] = (), *, points: int = 5, **changed: Any) -> Summary:
    """Row `place` has a gain of this status, and all that a figure may show of it.

    Args:
        points: at which training was watched.
    """
    statuses = [*statuses, *[UNDECIDED] * (len(pairs) - len(statuses))]
    lines: dict[tuple[Any, ...], Finding] = {}
    for place, pair in enumerate(pairs):
        for one in _lines(pair, place, statuses[place], points):
            lines.setdefault(one[:7], one)
    for one in BASELINES:
        row = "row-0" if one.labels else ""
        found = Finding(row, estimator=one.name, value=0.9, low=0.85, high=0.95)
        lines[found[:7]] = found
    top = Finding(estimator=SECOND, score="another", value=0.97)
    header = {
        "title": "An invented study",
        "seeds": list(SEEDS),
        "confidence": 0.95,
        "landmark_term": {"coefficient": 10.0, "warm_up": 0.3},
        "truth": {"metric": "accuracy", "split": "test_50k"},
        "n": {"pool": 900, "seeds": len(SEEDS), "landmarks": 30, "curve": 97},
    }
    ceilings = (Ceiling("another", "", "one", "another", "all"),)
    summary = Summary(header, tuple(pairs), BASELINES, Frame((*lines.values(), top)), ceilings)
    return replace(summary, **changed)


def _lines(pair: Pair, place: int, status: str, points: int) -> list[Finding]:
    stream, lines = np.random.default_rng(place), []
    for arm, tau in ((pair.before, 0.2), (pair.after, 0.5)):
        at = Finding(arm, score=pair.score, n=900)
        lines.append(at._replace(value=tau, low=tau - 0.1, high=tau + 0.1))
        lines.append(at._replace(value=0.6, part=f"{LANDMARKS} of {pair.name}"))
        for seed in SEEDS:
            lines.append(at._replace(seed=seed, value=tau + 0.03 * (seed - 1)))
            for point in range(1, points + 1):
                here = at._replace(seed=seed, part=AT.format(point / points))
                lines.append(here._replace(value=float(stream.uniform(0, 0.6))))
                lines.append(here._replace(metric=ACCURACY, value=float(stream.uniform(80, 94))))
                lines.append(here._replace(metric=SKIPS, value=float(stream.integers(0, 5))))
                if arm == pair.after:
                    lines.append(here._replace(metric=VIOLATED, value=float(stream.uniform(0, 0.5))))
    gain = Finding(pair.after, base=pair.before, score=pair.score, value=0.3, low=0.2, high=0.4, status=status)
    lines.append(gain)
    if pair.is_variant:
        lines.append(gain._replace(base="row-0-landmark", value=0.01 * place))
        lines.append(gain._replace(arm=pair.before, base="row-0-plain", value=-0.01 * place, status=UNDECIDED))
    shares = ((BEGIN, 0.4), (END, 0.1))
    return lines + [Finding(pair.after, score=pair.score, metric=VIOLATED, part=at, value=one) for at, one in shares]


def ranks_of(summary: Summary, n: int = 900) -> RankTable:
    """Orders of every arm that are drawn at random."""
    stream = np.random.default_rng(0)
    arms = dict.fromkeys(arm for pair in summary.pairs for arm in (pair.before, pair.after))
    orders = {arm: np.array([stream.permutation(n) + 1.0 for _ in SEEDS]) for arm in arms}
    return RankTable(tuple(map(str, range(n))), np.arange(1, n + 1), orders)


def texts_of(figure: Figure) -> list[str]:
    """Everything that is written in it."""
    from matplotlib.text import Text

    return [one.get_text() for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip()]


MANY = [
    pair_of(0),
    *(variant_of(place) for place in range(1, 25)),
    *(variant_of(place, shares=False) for place in (25, 26)),
]
"""As many rows as the largest study has."""
