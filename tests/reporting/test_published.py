"""Figures of others: which stand beside which row, and how they are printed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import invented_results, store, tau_alone

from nasrank.bench.analysis import published, wording
from nasrank.bench.analysis.findings import Published, Spread
from nasrank.bench.analysis.published import PUBLISHED
from nasrank.bench.publishing import write_report
from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.spaces import SPACES, get_space

SPACE = get_space("nb201")


class TestPublished:
    FIGURE = Published("spos", "half of the space", "by hand", "a book", tau=Spread(0.111), after=Spread(0.222))

    @pytest.fixture(autouse=True)
    def _known(self, monkeypatch) -> None:
        monkeypatch.setattr(published, "PUBLISHED", {("nb201", "cifar10"): (self.FIGURE,)})

    def test_it_stands_beside_the_studys_own_with_what_differs(
        self, truth: Truth, results: Results, tmp_path: Path
    ) -> None:
        summary = write_report(store(results, tmp_path / "results"), tmp_path, truth)
        row = summary.row("spos", "tau")
        for name in ("table.md", "index.html"):
            text = (tmp_path / name).read_text(encoding="utf-8")
            assert wording.PUBLISHED_TITLE in text
            assert "0.111 → 0.222" in text
            assert "SPOS, half of the space: by hand. Source: a book." in text
        line = next(line for line in markdown(summary).splitlines() if "0.111 →" in line)
        assert f"{row.before:.3f} → {row.after:.3f}" in line

    def test_a_search_and_a_score_stand_beside_the_studys_own(self, truth: Truth, monkeypatch) -> None:
        tau_alone(monkeypatch)
        about = ("by hand", "a book")
        figures = (
            Published("spos", "by angle", *about, score="angle", tau=Spread(-0.5, 0.25)),
            Published("gdas", "search", *about, validation=Spread(81.5, 0.5), test=Spread(82.25)),
            Published("spos", "search", *about, test=Spread(83.0)),
            Published("spos", "search by angle", *about, score="angle", test=Spread(84.0)),
        )
        monkeypatch.setattr(published, "PUBLISHED", {("nb201", "cifar10"): figures})
        summary = analyse(invented_results(truth), truth)
        text = markdown(summary).partition(wording.PUBLISHED_TITLE)[2]
        angle = next(row for row in summary.estimators if row.score == "angle")
        derived, highest = (
            next(row for row in summary.search if (row.strategy, row.way) == key)
            for key in (("gdas", "derived"), ("spos", "highest score"))
        )
        rows = (
            f"SPOS, by angle | tau −0.500 ± 0.250 | tau {angle.before.value:.3f} → {angle.after.value:.3f} |",
            "GDAS, search | validation 81.50 ± 0.50 %, test 82.25 % | "
            f"derived: {derived.before.accuracy:.2f} → {derived.after.accuracy:.2f} |",
            "SPOS, search | test 83.00 % | "
            f"highest score: {highest.before.accuracy:.2f} → {highest.after.accuracy:.2f} |",
            "SPOS, search by angle | test 84.00 % |  |",
        )
        assert all(row in text for row in rows)
        note = "SPOS, by angle; GDAS, search; SPOS, search; SPOS, search by angle: by hand. Source: a book."
        assert note in text, "figures that came about alike share a note"

    def test_what_was_derived_by_angle_does_not_stand_beside_a_search_by_accuracy(
        self, truth: Truth, monkeypatch
    ) -> None:
        tau_alone(monkeypatch)
        figures = (
            Published("rlnas", "search by accuracy", "by hand", "a book", test=Spread(85.0)),
            Published("rlnas", "search by angle", "by hand", "a book", score="angle", test=Spread(86.0)),
        )
        monkeypatch.setattr(published, "PUBLISHED", {("nb201", "cifar10"): figures})
        results = invented_results(truth, strategies=("rlnas",))
        for arm in results.design.rows["rlnas"].arms:
            for trial in results.of(arm):
                trial["derived"] = [1, 2, 3, 2, 1, 0]
        text = markdown(analyse(results, truth)).partition(wording.PUBLISHED_TITLE)[2]
        assert "RLNAS, search by accuracy | test 85.00 % |  |" in text
        value = truth.of([SPACE.from_choices([1, 2, 3, 2, 1, 0])])[0]
        assert f"RLNAS, search by angle | test 86.00 % | derived: {value:.2f} → {value:.2f} |" in text

    def test_random_nas_is_spos_where_all_decisions_are_free(self, truth: Truth, monkeypatch) -> None:
        theirs = Published("random_nas", "search", "by hand", "a book", test=Spread(84.0))
        known = {(space, "cifar10"): (theirs,) for space in ("nb201", "nb101")}
        monkeypatch.setattr(published, "PUBLISHED", known)
        design = invented_results(truth).design
        (found,) = published.published(design)
        assert (found.strategy, found.what) == ("spos", "RandomNAS (the same distribution of paths): search")
        both = design.study.model_copy(update={"strategies": ("spos", "random_nas")})
        assert published.published(replace(design, study=both)) == (theirs,)
        other = design.study.model_copy(update={"space": "nb101"})
        assert published.published(replace(design, study=other)) == ()

    def test_what_a_search_surpasses_stands_beside_the_same_and_what_is_not_measured_beside_nothing(
        self, truth: Truth, monkeypatch
    ) -> None:
        tau_alone(monkeypatch)
        figures = (
            Published("gdas", "search", "by hand", "a book", surpasses=Spread(0.24)),
            Published("spos", "drawn alike", "by hand", "a book", others=(("P@5 %", Spread(0.2135)),)),
        )
        monkeypatch.setattr(published, "PUBLISHED", {("nb201", "cifar10"): figures})
        summary = analyse(invented_results(truth), truth)
        text = markdown(summary).partition(wording.PUBLISHED_TITLE)[2]
        row = next(row for row in summary.search if (row.strategy, row.way) == ("gdas", "derived"))
        ours = f"{row.before.surpasses:.3f} → {row.after.surpasses:.3f}"
        assert f"GDAS, search | P > random 0.240 | derived: {ours} |" in text
        assert "SPOS, drawn alike | P@5 % 0.2135 |  |" in text

    def test_what_is_called_like_a_metric_stands_beside_it(self, truth: Truth, monkeypatch) -> None:
        both = (("tau-b in the top 50 %", Spread(-0.049)), ("tau-b in the top 20 %", Spread(-0.187)))
        figures = (
            Published("spos", "the best", "by hand", "a book", others=both),
            Published("spos", "the best by angle", "by hand", "a book", score="angle", others=both),
        )
        monkeypatch.setattr(published, "PUBLISHED", {("nb201", "cifar10"): figures})
        summary = analyse(invented_results(truth), truth)
        text = markdown(summary).partition(wording.PUBLISHED_TITLE)[2]
        row = summary.row("spos", "tau_top50")
        ours = f"tau-b in the top 50 % {row.before:.3f} → {row.after:.3f}".replace("-0", "−0")
        theirs = "tau-b in the top 50 % −0.049, tau-b in the top 20 % −0.187"
        assert f"SPOS, the best | {theirs} | {ours} |" in text
        assert f"SPOS, the best by angle | {theirs} |  |" in text

    def test_statistics_stand_beside_the_arm_that_has_them(self, truth: Truth, monkeypatch) -> None:
        figures = tuple(
            Published("spos", name, "by hand", "a book", tau=Spread(0.5), statistics=name)
            for name in ("tracked", "recalibrated")
        )
        monkeypatch.setattr(published, "PUBLISHED", {("nb201", "cifar10"): figures})
        variants = {
            "spos-fast": {
                "strategy": "spos",
                "label": "tracked and fast",
                "supernet": {"statistics": "tracked"},
                "training": {"learning_rate": 0.1},
            },
            "spos-tracked": {"strategy": "spos", "label": "tracked", "supernet": {"statistics": "tracked"}},
        }
        found = published.published(invented_results(truth, variants=variants).design)
        assert [(one.what, one.strategy) for one in found] == [("tracked", "spos-tracked"), ("recalibrated", "spos")]

    def test_a_study_without_that_strategy_has_none(self, truth: Truth, monkeypatch) -> None:
        tau_alone(monkeypatch)
        summary = analyse(invented_results(truth, strategies=("gdas",)), truth)
        assert summary.published == ()
        assert wording.PUBLISHED_TITLE not in markdown(summary)


def test_published_figures_are_of_spaces_and_strategies_of_ours() -> None:
    for (space, _), figures in PUBLISHED.items():
        assert space in SPACES
        for one in figures:
            assert one.strategy in STRATEGIES
            assert all(-1 <= spread.mean <= 1 for spread in (one.tau, one.after) if spread)
            assert all(10 <= spread.mean <= 100 for spread in (one.validation, one.test) if spread)
            assert one.surpasses is None or 0 <= one.surpasses.mean <= 1
            assert all((-1 if name.startswith("tau") else 0) <= spread.mean <= 1 for name, spread in one.others)
            assert any((one.tau, one.validation, one.test, one.surpasses, one.others))


def test_the_collapse_that_others_found_is_read_from_the_list() -> None:
    ends = {
        one.strategy: one.test.mean for one in PUBLISHED["nb201", "cifar10"] if one.test and "DARTS" not in one.what
    }
    assert (ends["darts"], ends["darts2"]) == (54.30, 54.30)
    assert any("oracle" in one.protocol for one in PUBLISHED["nb201", "cifar10"] if one.strategy == "gm_nas")
