"""From stored results and the truth to a summary. Every number of a report is computed here or in what this calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nasrank.bench.analysis.baselines import baseline_sides, references_of
from nasrank.bench.analysis.ceiling import Seeds, ceilings, recompute
from nasrank.bench.analysis.claims import claims, stated
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.costs import costs
from nasrank.bench.analysis.during_training import during_training
from nasrank.bench.analysis.frame import MAIN_METRIC, Finding, Frame
from nasrank.bench.analysis.groups import within_groups
from nasrank.bench.analysis.header import header, refuse_unpaired_devices
from nasrank.bench.analysis.label_uses import label_uses, uses_of
from nasrank.bench.analysis.landmarks import on_landmarks
from nasrank.bench.analysis.looks import looks_at_seeds
from nasrank.bench.analysis.pairs import about, pairs_of
from nasrank.bench.analysis.parts import within_supernets
from nasrank.bench.analysis.published import published
from nasrank.bench.analysis.ranked import Ranked
from nasrank.bench.analysis.scores import Scored, has_natural_pool, on_natural_pool, pool_truth, without_twins
from nasrank.bench.analysis.search import Search
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

NATURAL = "natural pool"
"""The part of lines on it; `AGAINST` begins that of lines against another truth."""
AGAINST = "against"


def reported(*, in_percent: bool) -> dict[str, Metric]:
    """Accuracies of a super-net are not predictions of stand-alone accuracies: only their order means something."""
    return {
        name: metric
        for name, metric in METRICS.items()
        if not metric.scores_in_truth_units and (in_percent or not metric.truth_in_percent)
    }


def analyse(
    results: Results,
    truth: Truth,
    data_root: Path | None = None,
    seeds: Seeds = None,
    others: Sequence[tuple[str, Truth]] = (),
) -> Summary:
    """Compare every arm with itself under guidance, with the baselines and with the ceiling, and variants with theirs.

    All on the pool `without_twins` of landmarks, but for what is said of the natural pool.

    The same results and truth give the same summary, whichever other tables are at hand; those that are serve to check
    the recorded ceiling.

    Args:
        data_root: where other tables may lie, else `$NASRANK_DATA`.
        seeds: what the truth is the mean of, see `seeds_of_truth`.
        others: truths besides the study's own, and what they are called; tau against each is reported, too.

    Raises:
        ValueError: the truth is of another space or lacks an architecture, or the recorded ceiling is wrong; or before
            and after of a seed are of different kinds of devices.
    """
    refuse_unpaired_devices(results)
    stored, results = results, without_twins(results)
    design, study = results.design, results.design.study
    recompute(design, truth, data_root)
    found, measured = ceilings(study, seeds)
    failures = {name: trial["failure"] for name, trial in results.trials.items() if trial["failure"] is not None}
    pairs = pairs_of(design)
    ranked = Ranked(
        pairs, design.arms, Scored(results), baseline_sides(results), Comparison(study, pool_truth(design, truth))
    )
    compared = about(pairs, study)
    uses = uses_of(results) if compared == "landmarks" else ()
    lines = [
        *_findings(stored, ranked, truth),
        *measured,
        *(label_uses(ranked) if uses else ()),
        *(costs(stored, ranked) if study.analysis.frontier else ()),
        *_against(ranked, others),
        *claims(ranked),
    ]
    return Summary(
        header={
            **header(results, len(failures), truth),
            "design": stored.design.fingerprint,
            **({"sequential": looked} if (looked := looks_at_seeds(ranked)) else {}),
            **({"claims": checked} if (checked := stated(stored.design)) else {}),
            **({"claims_after": study.claims_after} if study.claims_after else {}),
        },
        pairs=pairs,
        references=references_of(results),
        frame=Frame(tuple(lines)),
        ceilings=found,
        published=published(design),
        uses=uses,
        failures=failures,
        about=compared,
    )


def _findings(stored: Results, ranked: Ranked, truth: Truth) -> Iterator[Finding]:
    results = ranked.scored.results
    yield from ranked.everything(reported(in_percent=QUANTITIES[results.design.study.truth.metric].unit == "percent"))
    yield from on_landmarks(ranked, truth)
    yield from Search(results, truth).findings(ranked.pairs, ranked.baselines)
    yield from within_groups(ranked)
    yield from within_supernets(ranked)
    yield from _on_natural_pool(stored, ranked, truth)
    yield from during_training(results, truth)


def _against(ranked: Ranked, others: Sequence[tuple[str, Truth]]) -> Iterator[Finding]:
    """Tau of every row and baseline against other truths, and what guidance gains, each of them a table."""
    design = ranked.scored.results.design
    for name, truth in others:
        there = replace(ranked, compare=Comparison(design.study, pool_truth(design, truth)))
        yield from there.by_own_score(f"{AGAINST} {name}")
        yield from there.of_baselines({MAIN_METRIC: METRICS[MAIN_METRIC]}, f"{AGAINST} {name}")


def _on_natural_pool(stored: Results, ranked: Ranked, truth: Truth) -> Iterator[Finding]:
    """Of the rows all of whose finished trials scored it; by every score."""
    natural = on_natural_pool(stored)
    if natural is None:
        return
    rows = stored.design.rows
    scored = {
        pair.name
        for pair in ranked.pairs
        for trials in [[trial for arm in rows[pair.name].arms for trial in stored.of(arm)]]
        if all(map(has_natural_pool, trials)) and not all(trial["failure"] for trial in trials)
    }
    pairs = tuple(pair for pair in ranked.pairs if pair.name in scored)
    if pairs:
        compare = Comparison(stored.design.study, pool_truth(natural.design, truth))
        there = Ranked(pairs, ranked.arms, Scored(natural), {}, compare)
        yield from there.by_own_score(NATURAL)
        for score in there.other_scores():
            yield from there.by_score(score, NATURAL)
