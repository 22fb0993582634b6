"""Variants against the strategies that they change, and many of them at once."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from synthetic import invented_results, store

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.analysis.changes import effect
from nasrank.bench.analysis.findings import Value
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS, paired_bootstrap
from nasrank.bench.reporting import Summary, analyse, explanations
from nasrank.bench.reporting.figures import panels
from nasrank.bench.reporting.figures.changes import row_names
from nasrank.bench.reporting.long_csv import long_csv
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

VARIANTS = {
    "spos-fast": {
        "strategy": "spos",
        "label": "learning rate 0.1",
        "training": {"learning_rate": 0.1},
        "before": 0.7,
        "after": 0.05,
    },
    "spos-strong": {
        "strategy": "spos",
        "label": "coefficient 40",
        "terms": {"landmark": {"coefficient": 40.0}},
        "after": 0.98,
    },
    "darts-fast": {"strategy": "darts", "label": "another strategy's", "training": {"learning_rate": 0.1}},
}


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})


@pytest.fixture(scope="module")
def varied(truth: Truth) -> Results:
    return invented_results(truth, pool=200, seeds=(0, 1, 2), variants=VARIANTS)


@pytest.fixture(scope="module")
def changed(varied: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NASRANK_DATA", raising=False)
        patch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})
        return analyse(varied, truth)


def test_of_each_variant_the_most_helpful_first(changed: Summary) -> None:
    assert [(one.variant, one.base, one.changed) for one in changed.changes] == [
        ("spos-strong", "spos", ("terms",)),
        ("darts-fast", "spos", ("strategy", "training")),
        ("spos-fast", "spos", ("training",)),
    ]


def test_differences_are_the_paired_bootstrap_of_the_same_seeds(
    changed: Summary, varied: Results, truth: Truth
) -> None:
    change = next(one for one in changed.changes if one.variant == "spos-fast")
    rows = [varied.design.rows[name] for name in ("spos", "spos-fast")]
    for arms, found in zip(zip(*(row.arms for row in rows), strict=True), (change.before, change.after), strict=True):
        base, variant = (np.array([trial["scores"]["accuracy"] for trial in varied.of(arm)]) for arm in arms)
        expected = paired_bootstrap(
            base,
            variant,
            truth.of(varied.design.pool),
            METRICS["tau"],
            draws=100,
            confidence=0.95,
            generator=generator(0, Purpose.BOOTSTRAP),
        ).delta
        assert found == Value(expected.estimate, expected.low, expected.high)


def test_what_shares_its_plain_trials_has_no_difference_there(changed: Summary) -> None:
    change = changed.changes[0]
    assert change.before is None
    assert changed.row("spos-strong", "tau").before == changed.row("spos", "tau").before
    assert change.after.value == pytest.approx(
        changed.row("spos-strong", "tau").after - changed.row("spos", "tau").after
    )


def test_words_follow_the_intervals(changed: Summary) -> None:
    assert effect(Value(0.2, 0.1, 0.3)) == "helps"
    assert effect(Value(-0.2, -0.3, -0.1)) == "hurts"
    assert effect(Value(0.2, -0.1, 0.5)) == "undecided"
    assert effect(Value(float("nan"), float("nan"), float("nan"))) == "no value"
    text = markdown(changed)
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith(("| coefficient 40", "| learning rate"))]
    table = [row for row in rows if row[1] == "SPOS"]
    assert (table[0][2], table[0][-1].strip(" |")) == ("the same trials", "helps")
    assert (table[1][3], table[1][-1].strip(" |")) == ("helps", "hurts")
    assert (
        "With landmarks, of 3 changes: helps: coefficient 40; hurts: learning rate 0.1; undecided: another strategy's."
        in text
    )
    assert "Without landmarks, of 2 changes: helps: learning rate 0.1; undecided: another strategy's." in text
    assert "strategies and variants" in changed.verdict[0]
    assert "2 strategies and 3 variants, with and without" in dict(explanations.facts(changed))["Super-nets"]


def test_a_variant_may_be_compared_with_another(truth: Truth) -> None:
    variants = {
        **VARIANTS,
        "spos-stronger": {
            "strategy": "spos",
            "base": "spos-strong",
            "label": "coefficient 80, not coefficient 40",
            "terms": {"landmark": {"coefficient": 80.0}},
        },
        "spos-other": {"strategy": "spos", "base": "spos-fast", "label": "clipped", "training": {"clip": 1.0}},
    }
    summary = analyse(invented_results(truth, variants=variants, draws=100), truth)
    found = {one.variant: one for one in summary.changes}
    stronger, other = found["spos-stronger"], found["spos-other"]
    assert (stronger.base, stronger.before, stronger.changed) == ("spos-strong", None, ("terms",))
    assert other.base == "spos-fast"
    for side, value in (("before", other.before), ("after", other.after)):
        taus = [getattr(summary.row(arm, "tau"), side) for arm in ("spos-fast", "spos-other")]
        assert value is not None
        assert value.value == pytest.approx(taus[1] - taus[0])
    assert "| clipped | learning rate 0.1 |" in markdown(summary)
    assert sorted(row_names(summary)) == [
        "another strategy's",
        "clipped (learning rate 0.1)",
        "coefficient 40",
        "coefficient 80, not coefficient 40",
        "learning rate 0.1",
    ]


def test_a_variant_with_compute_of_its_own_is_named(truth: Truth, changed: Summary) -> None:
    longer = {"strategy": "spos", "label": "twice as long", "training": {"passes": 1234, "batch_size": 16}}
    named = markdown(analyse(invented_results(truth, variants={**VARIANTS, "spos-longer": longer}, draws=100), truth))
    assert " each (twice as long: 1,234 passes of 16 images); ranked by " in named
    assert "Every row spends the same forward-backward passes along a single path, but for those whose own" in named
    alike = markdown(changed)
    assert " images each; ranked by " in alike
    assert "Every row spends the same forward-backward passes along a single path; what the landmark term adds" in alike


def test_a_failed_trial_leaves_no_value(truth: Truth) -> None:
    results = invented_results(truth, variants=VARIANTS, failed=("spos-strong-landmark-seed1",))
    change = analyse(results, truth).changes[-1]
    assert change.variant == "spos-strong"
    assert np.isnan(change.after.value)
    assert effect(change.after) == "no value"


def test_the_long_table_has_them(changed: Summary) -> None:
    lines = [line for line in csv.DictReader(io.StringIO(long_csv(changed))) if line["kind"] == "change"]
    assert [(line["name"], line["side"]) for line in lines] == [
        ("spos-strong", "after"),
        ("darts-fast", "before"),
        ("darts-fast", "after"),
        ("spos-fast", "before"),
        ("spos-fast", "after"),
    ]
    assert float(lines[0]["value"]) == pytest.approx(changed.changes[0].after.value, abs=1e-6)


@pytest.mark.slow
def test_forty_rows_make_a_report(truth: Truth, tmp_path: Path) -> None:
    """Every row is in the tables, and figures of many panels say what they leave out."""
    variants = {
        f"v{number}": {"strategy": "spos", "label": f"variant {number}.", "training": {"clip": 1.0 + number}}
        for number in range(38)
    }
    results = invented_results(truth, variants=variants, seeds=(0,), pool=30)
    summary = write_report(store(results, tmp_path / "results"), tmp_path, truth)
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert all(text.count(f"\n| variant {number}. |") == 5 for number in range(38)), "a line in each table of arms"
    assert max(line.count("|") for line in text.splitlines()) < 15
    assert (tmp_path / "changes.svg").stat().st_size > 0
    assert len(panels.shown(summary.strategies)) == panels.MOST
    assert "the first 20 of 40" in panels.left_out(summary.strategies)
