"""Every table of a report, in its order; those that a study has nothing to put into are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nasrank.bench.analysis.analyse import AGAINST, NATURAL
from nasrank.bench.analysis.frame import MAIN_METRIC, SECOND, TIES, TRUTH
from nasrank.bench.analysis.landmarks import ADDED, BEGIN, END, LANDMARKS, LEAD, LOSS, STEPS, VIOLATED, WRONG
from nasrank.bench.analysis.parts import SAME, SUPERNETS, WITHIN
from nasrank.bench.analysis.summary import Pair, Reference, Summary
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import frontier, words
from nasrank.bench.reporting.claims import claims_table
from nasrank.bench.reporting.label_table import labels_table
from nasrank.bench.reporting.published_table import published_table
from nasrank.bench.reporting.say import Say
from nasrank.bench.reporting.search_table import search_table
from nasrank.bench.reporting.tables import (
    Cell,
    Line,
    Table,
    both,
    change,
    difference,
    gain,
    instead,
    level,
    margin,
    of_rows,
    shares,
)
from nasrank.bench.reporting.words import number, percent, with_interval

_OF_THE_BEST = ("precision_top10", "best_rank_at10", "regret_at10", "regret_at1", "surpass_random10")


def main_table(summary: Summary) -> Table:
    """Tau of every row before and after guidance, and beside a predictor that is told the same labels."""
    labelled = [one for one in summary.references if one.labels]
    columns: list[tuple[str, Cell]] = [("before", level(False)), ("after", level(True)), ("gain", gain())]
    columns += [(f"after, minus the {one.label}", margin(one.name)) for one in labelled]
    empty = ("",) * (len(columns) - 2)
    references: list[Line] = [
        (_reference_label(one), ("", with_interval(summary.reference(one.name)), *empty)) for one in summary.references
    ]
    references += [
        (
            f"noise ceiling: {one.second}",
            ("", number(summary.frame.find(estimator=SECOND, score=one.column).value), *empty),
        )
        for one in summary.ceilings
    ]
    return of_rows("tau", words.TAU.label, columns, summary, references=references)


def _reference_label(one: Reference) -> str:
    return f"{one.label} ({one.labels} a seed)" if one.labels else one.label


def sections(summary: Summary) -> list[Table]:
    """All but the main table."""
    return [table for table in _every(summary) if table.lines or table.controls]


def _every(summary: Summary) -> Iterator[Table]:
    yield claims_table(summary)
    yield from _other_truths(summary)
    yield from frontier.tables(summary)
    yield _changes(summary)
    if summary.uses:
        yield labels_table(summary)
    yield from _metrics(summary)
    yield _margins(summary)
    yield from (_by_score(summary, score) for score in summary.scores())
    yield search_table(summary)
    yield _landmarks(summary)
    yield from _traits(summary)
    yield _within(summary)
    yield _natural(summary)
    yield published_table(summary)


def _other_truths(summary: Summary) -> Iterator[Table]:
    """A table for each truth besides the study's own."""
    for place, part in enumerate(summary.parts(f"{AGAINST} ")):
        columns = [("before", level(False, part=part)), ("after", level(True, part=part)), ("gain", gain(part=part))]
        references = [
            (_reference_label(one), ("", with_interval(summary.reference(one.name, part=part)), ""))
            for one in summary.references
        ]
        where = ("metric=tau", f"part={part}")
        table = of_rows(
            f"truth-{place + 1}", f"The same rows {part}", columns, summary, references=references, where=where
        )
        yield replace(table, lead="other_truth")


def _changes(summary: Summary) -> Table:
    variants = [pair for pair in summary.pairs if pair.is_variant]

    def by_change(pair: Pair) -> float:
        found = summary.change(pair, True)
        return -found.value if found is not None and found.known else float("inf")

    columns: list[tuple[str, Cell]] = [("compared with", lambda one, pair: one.pair(pair.base).label)]
    if any(summary.change(pair, False) is not None for pair in variants):
        columns.append((f"without {Say(summary).added}", change(False)))
    columns.append((f"with {Say(summary).added}", change(True)))
    return of_rows(
        "changes", "What each change does", columns, summary, pairs=sorted(variants, key=by_change), figure="changes"
    )


def _metrics(summary: Summary) -> Iterator[Table]:
    """Before and after guidance, in two tables that fit a page: over the whole pool, and of the highest scores."""
    best = [name for name in summary.metrics if name in _OF_THE_BEST]
    orders = [name for name in summary.metrics if name not in best]
    for key, title, names in (
        ("metrics", "Every metric of the order", orders),
        ("selection", "What the highest scores are worth", best),
    ):
        columns = [(words.metric_head(name), both(name)) for name in names]
        lines = [_of_reference(summary, one, names) for one in summary.references]
        if summary.ceilings:
            column = summary.ceilings[0].column
            found = [summary.frame.find(metric=name, estimator=SECOND, score=column) for name in names]
            lines.append(
                ("noise ceiling", tuple(number(one.value, METRICS[one.metric]) if one.known else "" for one in found))
            )
        if key == "metrics":
            columns.append(("tied pairs", shares(TIES)))
            lines = [(label, (*cells, _ties(summary, label))) for label, cells in lines]
        yield of_rows(key, title, columns, summary, references=lines, where=("part=",))


def _of_reference(summary: Summary, one: Reference, names: list[str]) -> Line:
    return one.label, tuple(number(summary.reference(one.name, name).value, METRICS[name]) for name in names)


def _ties(summary: Summary, label: str) -> str:
    named = [one.name for one in summary.references if one.label == label]
    if not named:
        return percent(summary.frame.find(metric=TIES, estimator=TRUTH).value, 1)
    return percent(summary.reference(named[0], TIES).value, 1)


def _margins(summary: Summary) -> Table:
    columns = [(f"minus the {one.label}", margin(one.name)) for one in summary.references]
    return of_rows("baselines", "Beside what needs no super-net", [("after", level(True)), *columns], summary)


def _by_score(summary: Summary, score: str) -> Table:
    pairs = [pair for pair in summary.pairs if pair.score != score and _has(summary, pair, score)]
    columns = [
        ("before", level(False, score=score)),
        ("after", level(True, score=score)),
        ("gain", gain(score=score)),
        ("instead of its own score, before", instead(False, score)),
        ("after", instead(True, score)),
    ]
    title = f"The same super-nets, ranked by {words.score_label(score)}"
    where = ("metric=tau", "part=", f"score={score}")
    return replace(of_rows(f"score-{score}", title, columns, summary, pairs=pairs, where=where), lead="by_score")


def _has(summary: Summary, pair: Pair, score: str) -> bool:
    return summary.level(pair, True, score=score).status != "not measured"


def _landmarks(summary: Summary) -> Table:
    columns: list[tuple[str, Cell]] = [
        ("training steps", lambda one, pair: f"{one.level(pair, True, STEPS).value:,.0f}"),
        ("added by the term", lambda one, pair: f"+{percent(one.level(pair, True, ADDED).value)}"),
        ("violated pairs, first → last", _violated),
        ("tau on the landmarks, by minus the loss", _on_landmarks(LOSS)),
        ("by its own score", _on_landmarks()),
        ("more than on the pool", _lead),
        ("pairs not in order", _wrong),
    ]
    where = tuple(f"metric={name}" for name in (MAIN_METRIC, WRONG, VIOLATED, ADDED, STEPS))
    return of_rows("landmarks", "The landmarks themselves", columns, summary, figure="guidance", where=where)


def _violated(summary: Summary, pair: Pair) -> str:
    return " → ".join(percent(summary.level(pair, True, VIOLATED, part=part).value) for part in (BEGIN, END))


def _lead(summary: Summary, pair: Pair) -> str:
    return difference(summary.gain(pair, part=f"{LEAD} of {pair.name}"))


def _on_landmarks(score: str = "") -> Cell:
    return lambda summary, pair: both(score=score, part=f"{LANDMARKS} of {pair.name}")(summary, pair)


def _wrong(summary: Summary, pair: Pair) -> str:
    return shares(WRONG, part=f"{LANDMARKS} of {pair.name}")(summary, pair)


def _traits(summary: Summary) -> Iterator[Table]:
    """A table for each trait of the space; parts too small to rank have no values."""
    sizes = {one.part: one.n for one in summary.frame.select(estimator=TRUTH, metric="architectures")}
    for trait in dict.fromkeys(part.partition(":")[0] for part in sizes):
        parts = [part for part in sizes if part.startswith(f"{trait}:") and _is_ranked(summary, part)]
        columns = [(f"{part} ({sizes[part]:,})", _in_part(part)) for part in parts]
        references = [
            (one.label, tuple(number(summary.reference(one.name, part=part).value) for part in parts))
            for one in summary.references
        ]
        if parts:
            key, title = f"trait-{trait.replace(' ', '-')}", f"Within parts of the pool: {trait}"
            where = ("metric=tau", *(f"part={part}" for part in parts))
            yield replace(of_rows(key, title, columns, summary, references=references, where=where), lead="traits")


def _is_ranked(summary: Summary, part: str) -> bool:
    return summary.level(summary.pairs[0], True, part=part).status != "not measured"


def _in_part(part: str) -> Cell:
    return lambda summary, pair: (
        f"{both(part=part)(summary, pair)} {words.interval(summary.gain(pair, part=part))}".strip()
    )


def _within(summary: Summary) -> Table:
    divided = [
        pair
        for pair in summary.pairs
        if any(summary.level(pair, one, SUPERNETS, part=WITHIN).known for one in (True, False))
    ]
    columns: list[tuple[str, Cell]] = [
        ("super-nets that score some of the pool", _supernets),
        ("all pairs", both()),
        ("pairs within a super-net", both(part=WITHIN)),
        (f"the same pairs by {summary.pairs[0].label}", both(part=SAME)),
    ]
    where = ("metric=tau", f"metric={SUPERNETS}", "part=", f"part={WITHIN}", f"part={SAME}")
    return of_rows("parts", "Within what one super-net scores", columns, summary, pairs=divided, where=where)


def _supernets(summary: Summary, pair: Pair) -> str:
    return " → ".join(f"{summary.level(pair, one, SUPERNETS, part=WITHIN).value:.3g}" for one in (False, True))


def _natural(summary: Summary) -> Table:
    pairs = [pair for pair in summary.pairs if summary.level(pair, True, part=NATURAL).status != "not measured"]
    columns = [
        ("pool of this report", both()),
        ("natural pool", both(part=NATURAL)),
        ("gain there", gain(part=NATURAL)),
    ]
    where = ("metric=tau", "part=", f"part={NATURAL}")
    return of_rows("natural", "On the natural pool", columns, summary, pairs=pairs, where=where)
