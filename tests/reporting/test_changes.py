"""Variants against the strategies that they change, and many of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from synthetic import invented_results, store, tau_alone

from nasrank.bench.analysis.comparison import Comparison, Difference
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS, paired_bootstrap
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.figures import panels
from nasrank.bench.reporting.figures.changes import changes, row_names
from nasrank.bench.reporting.printing import markdown
from nasrank.bench.reporting.prose import answer, paragraphs
from nasrank.bench.reporting.sections import sections
from nasrank.bench.reporting.tables import Table
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
    tau_alone(monkeypatch)


@pytest.fixture(scope="module")
def varied(truth: Truth) -> Results:
    return invented_results(truth, pool=200, seeds=(0, 1, 2), variants=VARIANTS)


@pytest.fixture(scope="module")
def changed(varied: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(varied, truth)


def table(summary: Summary) -> Table:
    return next(one for one in sections(summary) if one.key == "changes")


def both(summary: Summary, name: str) -> tuple[Finding | None, Finding | None]:
    """The changes of a variant without and with landmarks."""
    return summary.change(summary.pair(name), False), summary.change(summary.pair(name), True)


@pytest.mark.slow
def test_of_each_variant_the_most_helpful_first(changed: Summary) -> None:
    found = [(pair.name, pair.base, pair.setting) for pair in changed.pairs if pair.is_variant]
    assert found == [
        ("spos-fast", "spos", "training"),
        ("spos-strong", "spos", "coefficient"),
        ("darts-fast", "spos", "strategy, training"),
    ]
    assert [label for label, _ in table(changed).lines] == ["coefficient 40", "another strategy's", "learning rate 0.1"]


@pytest.mark.slow
def test_differences_are_the_paired_bootstrap_of_the_same_seeds(
    changed: Summary, varied: Results, truth: Truth
) -> None:
    rows = [varied.design.rows[name] for name in ("spos", "spos-fast")]
    sides = both(changed, "spos-fast")
    for arms, found in zip(zip(*(row.arms for row in rows), strict=True), sides, strict=True):
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
        assert found is not None
        assert (found.value, found.low, found.high) == (expected.estimate, expected.low, expected.high)


def test_what_shares_its_plain_trials_has_no_difference_there(changed: Summary) -> None:
    before, after = both(changed, "spos-strong")
    spos, strong = changed.pair("spos"), changed.pair("spos-strong")
    assert before is None
    assert after is not None
    assert changed.level(strong, False) == changed.level(spos, False)
    assert after.value == pytest.approx(changed.level(strong, True).value - changed.level(spos, True).value)


def test_words_follow_what_is_decided(changed: Summary) -> None:
    assert [(one and one.status) for name in VARIANTS for one in both(changed, name)] == [
        "better",
        "worse",
        None,
        "better",
        "undecided",
        "undecided",
    ]
    assert table(changed).head == ("compared with", "without landmarks", "with landmarks")
    cells = dict(table(changed).lines)
    assert cells["coefficient 40"][:2] == ("SPOS", "")
    assert cells["learning rate 0.1"][1].endswith("] ↑")
    assert cells["learning rate 0.1"][2].endswith("] ↓")
    said = dict(paragraphs("findings.j2", changed))
    assert said["With landmarks"].startswith(
        "Of 3 changes, coefficient 40 ranks decidedly better, learning rate 0.1 worse."
    )
    assert said["Without landmarks"].startswith("Of 2 changes, learning rate 0.1 ranks decidedly better.")
    assert "2 strategies and 3 variants, with and without" in dict(paragraphs("facts.j2", changed))["Super-nets"]


CONTROLS = {
    "shuffled": {"strategy": "spos", "label": "labels in random order", "landmarks": {"order": "random"}},
    "longer": {"strategy": "spos", "label": "as many passes", "equal_passes": True},
    "other": {"strategy": "spos", "label": "coefficient 40", "terms": {"landmark": {"coefficient": 40.0}}},
}


@pytest.mark.slow
def test_a_control_is_no_strategy_and_comes_last(truth: Truth) -> None:
    results = invented_results(truth, variants=CONTROLS, strategies=("spos", "gdas"))
    summary = analyse(results, truth)
    assert [pair.name for pair in summary.pairs] == ["spos", "gdas", "other", "shuffled", "longer"]
    assert [bool(pair.control) for pair in summary.pairs] == [False, False, False, True, True]
    assert [label for label, _ in table(summary).lines] == ["coefficient 40"]
    assert {label for label, _ in table(summary).controls} == {"labels in random order", "as many passes"}
    assert "of 3 ways to train" in answer(summary)
    leads = [one.lead for one in paragraphs("findings.j2", summary)]
    assert leads[1:3] == ["Control: labels in random order", "Control: as many passes"]
    said = dict(paragraphs("findings.j2", summary))
    assert "random order" not in said["Does it help?"]
    shuffled = both(summary, "shuffled")[1]
    assert shuffled is not None
    assert f"beside SPOS with landmarks ({shuffled.status})." in said[leads[1]]
    assert "beside SPOS without landmarks" in said[leads[2]]


@pytest.mark.slow
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
    stronger, other = (both(summary, name) for name in ("spos-stronger", "spos-other"))
    assert stronger[0] is None
    settings = {pair.name: (pair.base, pair.setting) for pair in summary.pairs}
    assert settings["spos-stronger"] == ("spos-strong", "coefficient")
    assert settings["spos-other"] == ("spos-fast", "training")
    for after, change in enumerate(other):
        taus = [summary.level(summary.pair(name), bool(after)).value for name in ("spos-fast", "spos-other")]
        assert change is not None
        assert change.value == pytest.approx(taus[1] - taus[0])
    assert dict(table(summary).lines)["clipped"][0] == "learning rate 0.1"
    assert sorted(row_names(summary, changes(summary))) == [
        "another strategy's",
        "clipped (learning rate 0.1)",
        "coefficient 40",
        "coefficient 80, not coefficient 40",
        "learning rate 0.1",
    ]


@pytest.mark.slow
def test_a_variant_with_compute_of_its_own_is_named(truth: Truth, changed: Summary) -> None:
    longer = {"strategy": "spos", "label": "twice as long", "training": {"passes": 1234, "batch_size": 16}}
    named = analyse(invented_results(truth, variants={**VARIANTS, "spos-longer": longer}, draws=100), truth)
    said = "Every row spends the same forward-backward passes along a single path"
    assert " each (twice as long: 1,234 passes of 16 images); ranked by " in markdown(named)
    assert f"{said}, but for those whose own are given above; " in dict(paragraphs("notes.j2", named))["Same compute"]
    assert " images each; ranked by " in dict(paragraphs("facts.j2", changed))["Super-nets"]
    assert f"{said}; " in dict(paragraphs("notes.j2", changed))["Same compute"]


@pytest.mark.slow
def test_a_failed_trial_leaves_no_value(truth: Truth) -> None:
    results = invented_results(truth, variants=VARIANTS, failed=("spos-strong-landmark-seed1",))
    summary = analyse(results, truth)
    change = both(summary, "spos-strong")[1]
    assert change is not None
    assert (change.known, change.status) == (False, "a trial failed")
    assert dict(table(summary).lines)["coefficient 40"][2] == "n/a"


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
    assert all(text.count(f"\n| variant {number}. ") >= 5 for number in range(38)), "a line in each table of rows"
    assert max(line.count("|") for line in text.splitlines()) < 15
    assert (tmp_path / "changes.svg").stat().st_size > 0
    assert "the first 20 of 40 rows" in panels.left_out(len(summary.pairs))
    assert "the first 20 of 40 rows" in (tmp_path / "training.svg").read_text(encoding="utf-8")


def test_what_is_decided_together_is_a_column(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every note says so; with all margins of a table in one family, next to nothing could be decided by many rows."""
    families: list[list[Finding]] = []
    decided = Comparison.decided

    def recorded(self: Comparison, differences: Iterable[Difference]) -> list[Finding]:
        family = list(differences)
        families.append([one.finding for one in family])
        return decided(self, family)

    monkeypatch.setattr(Comparison, "decided", recorded)
    summary = analyse(invented_results(truth, variants=VARIANTS, draws=100), truth)
    baselines = {one.name for one in summary.references}
    plain, guided = {pair.before for pair in summary.pairs}, {pair.after for pair in summary.pairs}
    columns = []
    for family in filter(None, families):
        assert len({(one.metric, one.score) for one in family}) == 1
        bases = {one.base for one in family}
        arms = {one.arm for one in family}
        assert arms <= plain or arms <= guided, "with landmarks and without them are two columns"
        if bases & baselines:
            assert len(bases) == 1
            columns.append(bases.pop())
            assert arms == guided
    assert sorted(columns) == sorted(baselines)
