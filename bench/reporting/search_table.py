"""What each search ends with, and what others would: the best of the pool, and what the baselines score highest."""

from __future__ import annotations

from collections.abc import Iterator

from nasrank.bench.analysis.frame import TRUTH, Finding
from nasrank.bench.analysis.search import BEST_OF_POOL, DERIVED, FOUND, HIGHEST, WAYS
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import words
from nasrank.bench.reporting.tables import Line, Table
from nasrank.bench.reporting.words import MISSING, number

_POOL, _SPACE = "the pool", "the whole space"


def search_table(summary: Summary) -> Table:
    """A line for each way in which a row finds something, before → after guidance."""
    lines = {pair.name: tuple(_of_row(summary, pair)) for pair in summary.pairs}
    known = f"{summary.header['space']['known']:,}"
    head = ("picks from", words.truth_heading(summary), "regret", f"rank of {known}", words.SURPASSES, "by seed")
    return Table(
        "search",
        "What the search finds",
        head,
        tuple(line for pair in summary.pairs if not pair.control for line in lines[pair.name]),
        tuple(line for pair in summary.pairs if pair.control for line in lines[pair.name]),
        tuple(_references(summary)),
        figure="derivations",
        where=tuple(f"metric={name}" for name in FOUND),
    )


def _of_row(summary: Summary, pair: Pair) -> Iterator[Line]:
    for way in WAYS:
        sides = [[summary.level(pair, after, name, part=way) for name in FOUND] for after in (False, True)]
        if any(one.status == "not measured" for side in sides for one in side):
            continue
        cells = tuple(
            f"{first} → {second}" for first, second in zip(*(shown(summary, one) for one in sides), strict=True)
        )
        by_seed = " → ".join(_by_seed(summary, pair, after, way) for after in (False, True))
        yield f"{pair.label}, {way}", (_SPACE if way == DERIVED else _POOL, *cells, by_seed)


def _by_seed(summary: Summary, pair: Pair, after: bool, way: str) -> str:
    found = (summary.level(pair, after, FOUND[0], part=way, seed=seed) for seed in summary.header["seeds"])
    return ", ".join(
        words.truth_value(summary, one.value) if one.known else one.status.partition(" of ")[0]
        for one in found
        if one.status != "not measured"
    )


def shown(summary: Summary, found: list[Finding]) -> tuple[str, ...]:
    """Its truth, regret, rank and the probability to surpass random search, as they are printed."""
    truth, regret, rank, surpasses = found
    value = words.truth_value(summary, truth.value) if truth.known else f"{MISSING}: {_reason(truth)}"
    return (
        value,
        words.truth_value(summary, regret.value),
        number(rank.value, METRICS["best_rank_at10"]),
        number(surpasses.value, METRICS["surpass_random10"]),
    )


def _reason(truth: Finding) -> str:
    """Without the architectures, which are in table.csv."""
    return "truth not known of every seed's" if "truth not known" in truth.status else truth.status


def _references(summary: Summary) -> Iterator[Line]:
    labels = {pair.name: pair.label for pair in summary.pairs}
    first = summary.pairs[0].labels_of
    found = [(one.label, one.name, one.labels) for one in summary.references]
    for label, name, told in found:
        rows = dict.fromkeys(pair.labels_of for pair in summary.pairs) if told else [""]
        for row in rows:
            every = [summary.frame.find(row, metric, estimator=name, part=HIGHEST) for metric in FOUND]
            if every[0].status != "not measured":
                whose = f": {labels[row]}" if row not in ("", first) else ""
                yield f"{label}{whose}", (_POOL, *shown(summary, every), "")
    best = [summary.frame.find(metric=metric, estimator=TRUTH, part=BEST_OF_POOL) for metric in FOUND]
    yield BEST_OF_POOL, (_POOL, *shown(summary, best), "")
