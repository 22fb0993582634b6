"""Figures of others: which stand beside which row, and how they are printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import figure, invented_results, store, tau_alone

from nasrank.bench.analysis import published
from nasrank.bench.analysis.search import DERIVED, FOUND, HIGHEST
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.reporting.sections import sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.spaces import SPACES, get_space

SPACE = get_space("nb201")


def printed(summary: Summary) -> dict[str, tuple[str, ...]]:
    """What is published and what this study has, by the label of the line."""
    return {label: cells for table in sections(summary) if table.key == "published" for label, cells in table.lines}


def ours(summary: Summary, row: str, way: str, place: int) -> str:
    """What a row's search found, before → after."""
    pair = summary.pair(row)
    sides = (summary.level(pair, after, FOUND[place], part=way).value for after in (False, True))
    return f"{way}: " + " → ".join(f"{value:.{3 if place else 2}f}" for value in sides)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts lines in the place of those of published.csv."""
    return lambda *lines: monkeypatch.setattr(published, "_figures", lambda: [dict(line) for line in lines])


class TestPublished:
    @pytest.mark.slow
    def test_it_stands_beside_the_studys_own_with_what_differs(
        self, truth: Truth, results: Results, tmp_path: Path, known, monkeypatch
    ) -> None:
        tau_alone(monkeypatch)
        what = "half of the space"
        known(figure("spos", what, tau=0.111), figure("spos", what, tau_after=0.222))
        summary = write_report(store(results, tmp_path / "results"), tmp_path, truth)
        taus = " → ".join(f"{summary.level(summary.pair('spos'), after).value:.3f}" for after in (False, True))
        for name in ("table.md", "index.html"):
            text = (tmp_path / name).read_text(encoding="utf-8")
            assert "Figures that others print" in text
            assert "tau 0.111 → 0.222" in text
            assert "half of the space: by hand." in text
            assert "a book" in text
        theirs, own = printed(summary)[f"SPOS, {what}"]
        assert theirs == "tau 0.111 → 0.222"
        assert own.startswith(f"tau {taus}".replace("-", "−"))

    @pytest.mark.slow
    def test_a_search_and_a_score_stand_beside_the_studys_own(self, truth: Truth, known, monkeypatch) -> None:
        tau_alone(monkeypatch)
        known(
            figure("spos", "by angle", score="angle", tau=(-0.5, 0.25)),
            figure("gdas", "search", validation=(81.5, 0.5)),
            figure("gdas", "search", test=82.25),
            figure("spos", "search", test=83.0),
            figure("spos", "search by angle", score="angle", test=84.0),
        )
        summary = analyse(invented_results(truth), truth)
        spos, lines = summary.pair("spos"), printed(summary)
        taus = " → ".join(f"{summary.level(spos, after, score='angle').value:.3f}" for after in (False, True))
        theirs, own = lines["SPOS, by angle"]
        assert theirs == "tau −0.500 ± 0.250"
        assert own.rstrip(" ↑") == f"tau {taus}".replace("-", "−")
        assert lines["GDAS, search"] == ("validation 81.50 ± 0.50 %, test 82.25 %", ours(summary, "gdas", DERIVED, 0))
        assert lines["SPOS, search"] == ("test 83.00 %", ours(summary, "spos", HIGHEST, 0))
        assert lines["SPOS, search by angle"] == ("test 84.00 %", "")
        (note,) = (one for one in paragraphs("sections/published.j2", summary) if one.lead)
        said = "by angle; search; search by angle: by hand."
        assert (note.lead, note.text) == ("a book", said), "figures that came about alike share a note"

    @pytest.mark.slow
    def test_what_was_derived_by_angle_does_not_stand_beside_a_search_by_accuracy(
        self, truth: Truth, known, monkeypatch
    ) -> None:
        tau_alone(monkeypatch)
        known(
            figure("rlnas", "search by accuracy", test=85.0),
            figure("rlnas", "search by angle", score="angle", test=86.0),
        )
        results = invented_results(truth, strategies=("rlnas",))
        for arm in results.design.rows["rlnas"].arms:
            for trial in results.of(arm):
                trial["derived"] = [1, 2, 3, 2, 1, 0]
        value = truth.of([SPACE.from_choices([1, 2, 3, 2, 1, 0])])[0]
        assert printed(analyse(results, truth)) == {
            "RLNAS, search by accuracy": ("test 85.00 %", ""),
            "RLNAS, search by angle": ("test 86.00 %", f"derived: {value:.2f} → {value:.2f}"),
        }

    def test_random_nas_is_spos_where_all_decisions_are_free(self, truth: Truth, known) -> None:
        theirs = figure("random_nas", "search", test=84.0)
        known(theirs, {**theirs, "space": "nb101"})
        design = invented_results(truth).design
        (found,) = published.published(design)
        assert (found.row, found.what) == ("spos", "RandomNAS (the same distribution of paths): search")
        both = design.study.model_copy(update={"strategies": ("spos", "random_nas")})
        (found,) = published.published(replace(design, study=both))
        assert (found.row, found.what) == ("random_nas", "search")
        other = design.study.model_copy(update={"space": "nb101"})
        assert published.published(replace(design, study=other)) == ()

    @pytest.mark.slow
    def test_what_a_search_surpasses_stands_beside_the_same_and_what_is_not_measured_beside_nothing(
        self, truth: Truth, known, monkeypatch
    ) -> None:
        tau_alone(monkeypatch)
        known(
            figure("gdas", "search", surpass_random10=0.24),
            figure("spos", "drawn alike", **{"P@5 %": 0.2135}),
        )
        summary = analyse(invented_results(truth), truth)
        assert printed(summary) == {
            "GDAS, search": ("P > random 0.24", ours(summary, "gdas", DERIVED, 3)),
            "SPOS, drawn alike": ("P@5 % 0.2135", ""),
        }

    @pytest.mark.slow
    def test_what_is_of_other_data_than_any_table_stands_beside_each(self, truth: Truth, known, monkeypatch) -> None:
        tau_alone(monkeypatch)
        anywhere = figure("spos", "search", **{"ImageNet top-1, %": (74.8, 0.25)}, dataset="")
        known(anywhere, {**anywhere, "dataset": "cifar100", "what": "elsewhere"}, {**anywhere, "space": "nb101"})
        assert printed(analyse(invented_results(truth), truth)) == {
            "SPOS, search": ("ImageNet top-1 74.80 ± 0.25 %", "")
        }

    def test_what_is_called_like_a_metric_stands_beside_it(self, summary: Summary) -> None:
        label = METRICS["tau_top50"].label
        about = {"row": "spos", "protocol": "by hand", "source": "a book"}
        figures = tuple(
            published.Published(**about, what=what, score=score, quantity=quantity, value=value)
            for what, score in (("the best", "accuracy"), ("the best by angle", "angle"))
            for quantity, value in ((label, -0.049), ("tau-b in the top 20 %", -0.187))
        )
        lines = printed(replace(summary, published=figures))
        levels = (summary.level(summary.pair("spos"), after, "tau_top50").value for after in (False, True))
        own = f"{label} {' → '.join(f'{value:.3f}' for value in levels)}".replace("-0", "−0")
        theirs = f"{label} −0.049, tau-b in the top 20 % −0.187"
        assert lines["SPOS, the best"][0] == lines["SPOS, the best by angle"][0] == theirs
        assert lines["SPOS, the best"][1].rstrip(" ↑↓") == own
        assert lines["SPOS, the best by angle"][1] == ""

    def test_statistics_stand_beside_the_row_that_has_them(self, truth: Truth, known) -> None:
        known(*(figure("spos", name, tau=0.5, statistics=name) for name in ("tracked", "recalibrated")))
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
        assert [(one.what, one.row) for one in found] == [("tracked", "spos-tracked"), ("recalibrated", "spos")]

    @pytest.mark.slow
    def test_a_study_without_that_strategy_has_none(self, truth: Truth, known, monkeypatch) -> None:
        known(figure("spos", "half of the space", tau=0.111))
        tau_alone(monkeypatch)
        summary = analyse(invented_results(truth, strategies=("gdas",)), truth)
        assert summary.published == ()
        assert printed(summary) == {}


SHARES = {"surpass_random10": (0, 1), "validation": (10, 100), "test": (10, 100)}


@pytest.mark.parametrize("line", published._figures(), ids=lambda line: f"{line['space']}-{line['strategy']}")
def test_published_figures_are_of_spaces_and_strategies_of_ours(line: dict[str, str]) -> None:
    assert line["space"] in SPACES
    assert line["strategy"] in STRATEGIES
    assert line["protocol"]
    assert line["source"]
    low, high = (
        (1, 100)
        if line["quantity"].endswith(", %")
        else SHARES.get(line["quantity"], (-1 if line["quantity"].startswith("tau") else 0, 1))
    )
    assert low <= float(line["value"]) <= high
    assert 0 <= float(line["deviation"] or 0) < high - low


def test_the_collapse_that_others_found_is_read_from_the_list() -> None:
    lines = [line for line in published._figures() if (line["space"], line["dataset"]) == ("nb201", "cifar10")]
    ends = {
        line["strategy"]: float(line["value"])
        for line in lines
        if line["quantity"] == "test" and "DARTS" not in line["what"]
    }
    assert (ends["darts"], ends["darts2"]) == (54.30, 54.30)
    assert any("oracle" in line["protocol"] for line in lines if line["strategy"] == "gm_nas")
