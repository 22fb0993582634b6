"""Reports of studies whose rows have different numbers of seeds, as they were added until each was decided."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from landmark_studies import landmark_results
from synthetic import invented_results, store

from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.gate import compare, read_reference, reference_of
from nasrank.bench.analysis.scores import pool_truth, without_twins
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.intervals import Resamples
from nasrank.bench.ranking.sequential import Looks
from nasrank.bench.reporting import Summary, analyse, terminal_table
from nasrank.bench.reporting.printing import latex
from nasrank.bench.reporting.words import seeds_of, stops
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.seeds import SeedRule
from nasrank.bench.studies.study import Study

RULE = {"at_least": 4, "at_most": 12, "width": 0.4}
LOOKS = Looks((4, 8, 12))
COUNTS = {"spos": 4, "gdas": 12, "same": 8, "longer": 4}
VARIANTS = {
    "same": {
        "strategy": "spos",
        "label": "as good as none",
        "terms": {"landmark": {"coefficient": 1.0}},
        "before": 0.2,
        "after": 0.22,
    },
    "longer": {"strategy": "gdas", "label": "more passes", "training": {"passes": 3000}},
}
"""The first shares the unguided super-nets of SPOS; the second's are its own."""


FEW = {"baselines": ["label_matched", "parameters"]}
"""The ones that take no time."""


@pytest.fixture(scope="module")
def results(truth: Truth) -> Results:
    return invented_results(
        truth, seeds=RULE, seed_counts=COUNTS, variants=VARIANTS, estimators=FEW, lookalikes=5, after=0.9
    )


@pytest.fixture(scope="module")
def summary(results: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NASRANK_DATA", raising=False)
        return analyse(results, truth)


@pytest.mark.slow
def test_the_summary_says_the_rule_and_where_each_row_ended(summary: Summary) -> None:
    looked = summary.header["sequential"]
    assert (looked["looks"], looked["until"], looked["width"]) == ([4, 8, 12], "decided", 0.4)
    assert looked["levels"] == pytest.approx([LOOKS.level(seeds, 0.05) for seeds in LOOKS.seeds])
    assert looked["rows"] == {
        "spos": {"seeds": 4, "look": 1, "why": "decided"},
        "gdas": {"seeds": 12, "look": 3, "why": "decided"},
        "same": {"seeds": 8, "look": 2, "why": "narrow"},
        "longer": {"seeds": 4, "look": 1, "why": "decided"},
    }
    assert summary.header["seeds"] == list(range(12))
    assert summary.header["n"]["seeds"] == 12
    assert summary.header["n"]["trials"] == (8 + 4) + 2 * 12 + 8 + 2 * 4, "SPOS without terms has 8"
    assert seeds_of(summary.header) == "4 to 12 seeds"
    assert Summary.from_texts(summary.to_text(), summary.frame.to_csv()).header["sequential"]["rows"] == looked["rows"]


@pytest.mark.slow
def test_each_arm_has_the_seeds_that_it_was_trained_with(summary: Summary) -> None:
    seeds = {(name, after): len(summary.by_seed(summary.pair(name), after)) for name in COUNTS for after in (0, 1)}
    assert seeds == {
        ("spos", 0): 8,
        ("spos", 1): 4,
        ("gdas", 0): 12,
        ("gdas", 1): 12,
        ("same", 0): 8,
        ("same", 1): 8,
        ("longer", 0): 4,
        ("longer", 1): 4,
    }


def test_differences_are_over_the_seeds_of_both_sides(summary: Summary) -> None:
    for name, count in COUNTS.items():
        pair = summary.pair(name)
        before, after = (np.array(summary.by_seed(pair, one)[:count]) for one in (False, True))
        assert summary.gain(pair).value == pytest.approx((after - before).mean())
    change = summary.change(summary.pair("same"), True)
    ours, theirs = (np.array(summary.by_seed(summary.pair(name), True)[:4]) for name in ("same", "spos"))
    assert change.value == pytest.approx((ours - theirs).mean())
    for pair in summary.pairs:
        assert summary.margin(pair, "label_matched").known
        assert summary.level(pair, True, part="natural pool").known


def test_intervals_and_marks_have_the_level_of_their_look(summary: Summary, results: Results, truth: Truth) -> None:
    """With one look at as many seeds as a row has, an interval of the level at that look is the same."""
    ranked = without_twins(results)
    for name in ("spos", "same"):
        pair, count = summary.pair(name), COUNTS[name]
        confidence = 1 - LOOKS.level(count, 1 - 0.95)
        plan = _plan(ranked, truth)
        sides = [
            plan.evaluate(METRICS["tau"], _scores(ranked, arm, count), pool_truth(ranked.design, truth))
            for arm in (pair.before, pair.after)
        ]
        interval = plan.over_seeds(sides[1].minus(sides[0]), (-2, 2), confidence)
        gain = summary.gain(pair)
        assert (gain.low, gain.high) == pytest.approx((interval.low, interval.high))
    assert summary.gain(summary.pair("spos")).status == "better"
    assert summary.gain(summary.pair("same")).status == "undecided", "a row that ended as narrow is not decided"


def _scores(ranked: Results, arm: str, count: int) -> np.ndarray:
    names = [f"{arm}-seed{seed}" for seed in range(count)]
    return np.array([ranked.trials[name]["scores"]["accuracy"] for name in names])


def _plan(ranked: Results, truth: Truth) -> Resamples:
    return Comparison(ranked.design.study, pool_truth(ranked.design, truth))._plan(METRICS["tau"])


@pytest.mark.slow
def test_the_report_names_the_looks_of_each_row(results: Results, truth: Truth, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    found = write_report(store(results, tmp_path / "results"), folder, truth)
    page, readme = (folder / "index.html").read_text(), (folder / "README.md").read_text()
    assert stops(found) == [
        "decided with 4 seeds (look 1): SPOS and more passes",
        "narrow with 8 seeds (look 2): as good as none",
        "decided with 12 seeds (look 3): GDAS",
    ]
    assert (
        "until its gain is decided or its interval is narrower than 0.4: decided with 4 seeds (look 1): SPOS"
        in " ".join(readme.split())
    )
    assert "looked at with 4, 8, 12 seeds, as was stated before any was trained" in page
    assert "A row that ended as narrow is not thereby decided" in page
    assert "4 to 12 seeds" in latex(found)
    caption = terminal_table(found).caption
    assert "4 to 12 seeds" in str(caption)


@pytest.mark.slow
def test_a_row_that_lacks_seeds_goes_on_and_one_that_failed_does_not(truth: Truth) -> None:
    """Of an unfinished run, or where a table of today decides otherwise."""
    found = analyse(
        invented_results(
            truth,
            seeds={"at_least": 4, "at_most": 12},
            seed_counts={"spos": 4, "gdas": 4},
            estimators=FEW,
            before=0.3,
            after=0.35,
            failed=("gdas-plain-seed2",),
        ),
        truth,
    )
    whys = {name: row["why"] for name, row in found.header["sequential"]["rows"].items()}
    assert whys == {"spos": "goes on", "gdas": "without a value"}


@pytest.mark.slow
def test_the_gate_compares_rows_with_their_own_seeds(results: Results, truth: Truth) -> None:
    reference = read_reference(json.loads(json.dumps(reference_of(results))))
    assert reference.design.seed_counts == COUNTS
    checks = compare(results, reference, truth)
    assert len(checks) == 3 * len(COUNTS)
    assert all(check.passed for check in checks)


def test_stored_results_are_read_as_they_are(results: Results, tmp_path: Path) -> None:
    read = Store(store(results, tmp_path / "results")).read()
    assert read.design == results.design
    assert read.trials.keys() == {trial.name for trial in results.design.trials}


@pytest.mark.slow
def test_uses_of_labels_have_the_seeds_of_their_row(truth: Truth, tmp_path: Path) -> None:
    """Of a study of landmarks: stacked on the super-nets of each row, and on the labels alone."""
    listed = landmark_results(truth, seeds=(0, 1, 2, 3))
    rows = list(listed.design.rows)
    counts = {name: 4 if place % 2 else 2 for place, name in enumerate(rows)}
    results = by_a_rule(listed, counts)
    found = analyse(results, truth)
    assert found.uses
    write_report(store(results, tmp_path / "results"), tmp_path / "report", truth)
    for name in rows:
        assert len(found.by_seed(found.pair(name), True)) == counts[name]


def by_a_rule(listed: Results, counts: dict[str, int]) -> Results:
    """The same of so many seeds of each row, of a study that adds them two by two."""
    study = listed.design.study
    rule = SeedRule(at_least=2, at_most=len(study.every_seed))
    ruled = Study.model_validate({**study.model_dump(mode="json"), "seeds": rule.model_dump(mode="json")})
    design = replace(listed.design, study=ruled, seed_counts=counts)
    trials = {trial.name: listed.trials[trial.name] for trial in design.trials}
    return Results(design, trials, {one.name: listed.estimates[one.name] for one in estimates_of(design)})
