"""Tables of what a report says of its arms beside their ranking metrics: changes, estimators, search, and others'."""

from __future__ import annotations

import math
from typing import NamedTuple

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.changes import effect
from nasrank.bench.analysis.findings import EstimatorRow, Find, Published, SearchRow, Spread, Value
from nasrank.bench.analysis.search import DERIVED, HIGHEST
from nasrank.bench.analysis.summary import MAIN_METRIC, Summary
from nasrank.bench.analysis.wording import HEADS, MISSING, metric_label, number, with_interval
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.tables import Entry, PrintedTable, before_after, cells

_TAU = METRICS[MAIN_METRIC]
_POOL, _SPACE = "the pool", "the whole space"
_RANK, _PROBABILITY = METRICS["best_rank_at10"], METRICS["surpass_random10"]


def changes_table(summary: Summary) -> PrintedTable:
    """What each variant changes of tau, the most helpful with landmarks first."""
    lines = []
    for change in summary.changes:
        without = ("the same trials", "") if change.before is None else _difference(change.before)
        row = (summary.labels[change.base], *without, *_difference(change.after))
        lines.append((summary.labels[change.variant], cells(*row)))
    return PrintedTable(("compared with", "without landmarks", "", "with landmarks", ""), tuple(lines))


def _difference(value: Value) -> tuple[str, str]:
    return with_interval(_TAU, value.value, value.low, value.high, signed=True), effect(value)


def estimators_table(summary: Summary) -> PrintedTable:
    """Tau by every score, without and with landmarks: one line an arm; and what the baselines have."""
    names = tuple(dict.fromkeys(row.score for row in summary.estimators))
    found = {(row.strategy, row.score): row for row in summary.estimators}
    lines = []
    for arm, label in summary.labels.items():
        rows = [found.get((arm, name)) for name in names]
        if any(rows):
            shown = [
                f"{_compared(row.before, row.gain_before)} {_arrow(row.delta)} {_compared(row.after, row.gain_after)}"
                if row
                else ""
                for row in rows
            ]
            lines.append((label, cells(*shown)))
    references = [
        (wording.baseline_label(summary, name), cells(*[number(_TAU, one.metrics[MAIN_METRIC].value)] * len(names)))
        for name, one in summary.baselines.items()
    ]
    return PrintedTable(tuple(map(wording.score_label, names)), tuple(lines), tuple(references))


def _arrow(gain: Value) -> str:
    """Another where guidance changes tau beyond chance."""
    return wording.DECIDED if effect(gain) in ("helps", "hurts") else "→"


def _compared(value: Value, gain: Value | None) -> str:
    """Tau, marked where it differs from that of the score that the arm is ranked by."""
    mark = {"helps": wording.BETTER, "hurts": wording.WORSE}.get(effect(gain), "") if gain else ""
    return f"{number(_TAU, value.value)}{mark}"


def search_table(summary: Summary) -> PrintedTable:
    """What each arm finds, without and with landmarks: a line for each way to find something."""
    lines = tuple(
        (
            f"{summary.labels[row.strategy]}, {row.way}",
            (Entry(_SPACE if row.way == DERIVED else _POOL), *_found(row, summary)),
        )
        for row in summary.search
    )
    references = tuple(
        (label, cells(_POOL, *_shown(found, summary), "")) for label, found in summary.search_references.items()
    )
    rank = f"rank of {summary.header['space']['known']:,}"
    surpasses = f"{wording.SURPASSES}, in the space"
    return PrintedTable(
        ("picks from", wording.truth_heading(summary), "regret", rank, surpasses, "by seed"), lines, references
    )


class _Shown(NamedTuple):
    """What a search found, as it is printed."""

    accuracy: str
    regret: str
    rank: str
    surpasses: str


def _found(row: SearchRow, summary: Summary) -> tuple[Entry, ...]:
    pairs = zip(_shown(row.before, summary), _shown(row.after, summary), strict=True)
    by_seed = " → ".join(
        ", ".join(one.missing or wording.truth_value(summary, one.accuracy) for one in side)
        for side in (row.before_by_seed, row.after_by_seed)
    )
    return cells(*(f"{first} → {second}" for first, second in pairs), by_seed)


def _shown(found: Find, summary: Summary) -> _Shown:
    accuracy = f"{MISSING}: {found.missing}" if found.missing else wording.truth_value(summary, found.accuracy)
    regret = wording.truth_value(summary, found.regret)
    return _Shown(accuracy, regret, number(_RANK, found.rank), number(_PROBABILITY, found.surpasses))


def natural_table(summary: Summary) -> PrintedTable:
    """Tau of each arm by the score that it ranks by, on the pool of this report and on the natural one."""
    lines = []
    for one in summary.natural:
        if one.score == summary.score(one.strategy):
            strict = before_after(summary.row(one.strategy, MAIN_METRIC))
            gain = with_interval(_TAU, one.delta.value, one.delta.low, one.delta.high, signed=True)
            lines.append((summary.labels[one.strategy], (strict, *cells(_from_to(one), gain))))
    return PrintedTable(("pool of this report", "natural pool", "difference there"), tuple(lines))


def _from_to(row: EstimatorRow) -> str:
    return f"{number(_TAU, row.before.value)} → {number(_TAU, row.after.value)}"


def published_table(summary: Summary) -> PrintedTable:
    """What others found, and what this study did."""
    lines = tuple(
        (f"{summary.labels[one.strategy]}, {one.what}", (Entry(_theirs(one)), _ours(one, summary)))
        for one in summary.published
    )
    return PrintedTable(("published", "this study"), lines)


def _theirs(one: Published) -> str:
    taus = [_spread(spread, 3) for spread in (one.tau, one.after) if spread]
    accuracies = [
        f"{name} {_spread(spread, 2)} %"
        for name, spread in (("validation", one.validation), ("test", one.test))
        if spread
    ]
    surpasses = [f"{HEADS['surpass_random10']} {_spread(one.surpasses, 3)}"] if one.surpasses else []
    others = [f"{name} {_spread(spread, 4).rstrip('0')}" for name, spread in one.others]
    return ", ".join(([f"tau {' → '.join(taus)}"] if taus else []) + accuracies + surpasses + others)


def _spread(spread: Spread, decimals: int) -> str:
    mean = f"{spread.mean:.{decimals}f}".replace("-", "−")
    return mean if math.isnan(spread.deviation) else f"{mean} ± {spread.deviation:.{decimals}f}"


def _ours(one: Published, summary: Summary) -> Entry:
    """The same by the same score; of a search, what the arm derives, if it does. Empty where that was not measured.

    What an arm that ranks by angle derives was found by angle, and says nothing of a search by accuracy.
    """
    if one.tau:
        key = one.strategy, one.score
        pools = (("tau", summary.estimators), ("on the natural pool", summary.natural))
        asked = [f"{pool} {_from_to(row)}" for pool, rows in pools for row in rows if (row.strategy, row.score) == key]
        return Entry(", ".join(asked))
    if one.score != summary.score(one.strategy):
        return Entry()
    if one.others:
        names = {metric_label(METRICS[name]): name for name in summary.metrics}
        alike = [(label, summary.row(one.strategy, names[label])) for label, _ in one.others if label in names]
        return Entry(", ".join(f"{label} {before_after(row).text}" for label, row in alike))
    by_way = {row.way: row for row in summary.search if row.strategy == one.strategy}
    row = by_way.get(DERIVED, by_way[HIGHEST])
    before, after = _shown(row.before, summary), _shown(row.after, summary)
    if one.surpasses:
        return Entry(f"{row.way}: {before.surpasses} → {after.surpasses}")
    return Entry(f"{row.way}: {before.accuracy} → {after.accuracy}")
