"""What guidance did, row by row, on the landmarks and on the pool; on results that nobody ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.frame import BETTER, UNDECIDED, Finding, Frame
from nasrank.bench.analysis.header import header
from nasrank.bench.analysis.landmarks import BEGIN, END, LANDMARKS, LEAD, LOSS, VIOLATED
from nasrank.bench.analysis.pairs import MORE_PASSES, RANDOM_ORDER, about, pairs_of
from nasrank.bench.analysis.rank_table import rank_table
from nasrank.bench.analysis.scores import Scored, landmark_scores
from nasrank.bench.analysis.summary import Pair
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS, excess_bootstrap
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.reporting.say import FEWEST_TO_CORRELATE, Say
from nasrank.bench.reporting.sections import sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)


class TestPairs:
    def test_what_is_varied_is_named(self, landmark_summary: Summary) -> None:
        assert landmark_summary.about == "landmarks"
        assert {pair.name: (pair.setting, pair.labels) for pair in landmark_summary.pairs} == {
            "spos": ("", 12),
            "landmarks-40": ("number of landmarks", 40),
            "landmarks-5": ("number of landmarks", 5),
            "softplus": ("loss", 12),
            "soft-5": ("loss, number of landmarks", 5),
            "noisy": ("label noise", 12),
        }

    @pytest.mark.slow
    def test_settings_are_against_the_base_that_a_variant_names(self, truth: Truth) -> None:
        rows = {
            "soft": {"terms": {"landmark": {"loss": "softplus"}}},
            "soft-pairs": {"base": "soft", "terms": {"landmark": {"loss": "softplus", "pairs_per_step": 4}}},
            "slow": {"training": {"learning_rate": 0.01}},
            "mixed": {"training": {"learning_rate": 0.01}, "landmarks": {"count": 4}, "supernet": {"channels": 4}},
        }
        variants = {name: {"strategy": "spos", "label": name, **row} for name, row in rows.items()}
        pairs = pairs_of(invented_results(truth, strategies=("spos",), variants=variants).design)
        assert [pair.setting for pair in pairs] == [
            "",
            "loss",
            "pairs per step",
            "training",
            "number of landmarks, supernet, training",
        ]
        assert [pair.is_variant for pair in pairs] == [False, True, True, True, True]

    @pytest.mark.parametrize(
        ("changes", "strategies", "asked"),
        [
            ({}, ("spos",), "strategies"),
            ({}, ("spos", "gdas"), "strategies"),
            ({"a": {"landmarks": {"count": 4}}}, ("spos",), "landmarks"),
            ({"a": {"landmarks": {"count": 4}}}, ("spos", "gdas"), "strategies"),
            (
                {"a": {"landmarks": {"count": 4}}, "b": {"terms": {"landmark": {"loss": "softplus"}}}},
                ("spos",),
                "landmarks",
            ),
            ({"a": {"landmarks": {"count": 4}}, "b": {"supernet": {"channels": 4}}}, ("spos",), "settings"),
            ({"a": {"training": {"learning_rate": 0.01}}}, ("spos",), "settings"),
            ({"a": {"landmarks": {"order": "random"}}}, ("spos",), "strategies"),
            ({"a": {"equal_passes": True}}, ("spos",), "strategies"),
        ],
    )
    def test_what_a_study_asks(self, truth: Truth, changes: dict, strategies: tuple[str, ...], asked: str) -> None:
        variants = {name: {"strategy": "spos", "label": name, **change} for name, change in changes.items()}
        design = invented_results(truth, strategies=strategies, variants=variants, pool=20, curve=0, seeds=(0,)).design
        assert about(pairs_of(design), design.study) == asked

    @pytest.mark.slow
    def test_a_control_says_what_it_leaves_out(self, truth: Truth) -> None:
        rows = {"shuffled": {"landmarks": {"order": "random"}}, "longer": {"equal_passes": True}, "fast": {}}
        rows["fast"] = {"training": {"learning_rate": 0.1}}
        variants = {name: {"strategy": "spos", "label": name, **row} for name, row in rows.items()}
        pairs = pairs_of(invented_results(truth, strategies=("spos",), variants=variants).design)
        assert [(pair.name, pair.control) for pair in pairs] == [
            ("spos", ""),
            ("fast", ""),
            ("shuffled", RANDOM_ORDER),
            ("longer", MORE_PASSES),
        ]


def test_numbers_of_every_row(landmark_summary: Summary, landmark_study: Results, truth: Truth) -> None:
    """Guided super-nets here know the order of their landmarks, and every one is violated alike."""
    design, scored = landmark_study.design, Scored(landmark_study)
    pool = truth.of(design.pool)
    for pair in landmark_summary.pairs:
        own, part = design.rows[pair.name], f"{LANDMARKS} of {pair.name}"
        before, after = (
            np.array([kendalltau(one, pool).statistic for one in scored.side(arm).scores]) for arm in own.arms
        )
        assert landmark_summary.level(pair, True).value == pytest.approx(np.mean(after))
        assert landmark_summary.level(pair, True, part=part).value == pytest.approx(1.0)
        marks = [truth.of(design.landmarks_of(pair.name, seed)) for seed in design.study.seeds]
        unguided = landmark_scores(landmark_study, own, own.before)
        on_marks = np.array([kendalltau(*one).statistic for one in zip(unguided, marks, strict=True)])
        assert landmark_summary.level(pair, False, part=part).value == pytest.approx(np.mean(on_marks))
        lead = landmark_summary.gain(pair, part=f"{LEAD} of {pair.name}")
        assert lead.value == pytest.approx(np.mean((1 - on_marks) - (after - before)))
        expected = excess_bootstrap(
            1 - on_marks,
            *(scored.side(arm).scores for arm in own.arms),
            pool,
            METRICS["tau"],
            draws=100,
            confidence=0.95,
            generator=generator(0, Purpose.BOOTSTRAP),
        )
        assert (lead.low, lead.high) == pytest.approx((expected.low, expected.high))
        violated = [landmark_summary.level(pair, True, VIOLATED, part=part).value for part in (BEGIN, END)]
        assert violated == pytest.approx([0.475, 0.295])


@pytest.mark.slow
def test_a_row_ranked_by_angle_shows_what_the_term_did_to_the_loss(truth: Truth) -> None:
    results = invented_results(truth, strategies=("spos", "rlnas"), seeds=(0, 1, 2))
    summary = analyse(results, truth)
    rlnas, part = summary.pair("rlnas"), f"{LANDMARKS} of rlnas"
    accuracies = [truth.of(results.design.landmarks_of("rlnas", seed)) for seed in (0, 1, 2)]
    taus = {}
    for name in ("angle", LOSS):
        scores = [trial["landmark_scores"][name] for trial in results.of(results.design.rows["rlnas"].after)]
        taus[name] = summary.level(rlnas, True, score=name, part=part).value
        assert taus[name] == pytest.approx(
            np.mean([kendalltau(*pair).statistic for pair in zip(scores, accuracies, strict=True)])
        )
    assert taus["angle"] != pytest.approx(taus[LOSS], abs=0.01)
    (table,) = (one for one in sections(summary) if one.key == "landmarks")
    cells = dict(zip(table.head, dict(table.lines)["RLNAS"], strict=True))
    assert cells["training steps"] == "1,500"
    assert cells["violated pairs, first → last"] == "48 % → 30 %"
    for head, score in (("tau on the landmarks, by minus the loss", LOSS), ("by its own score", "angle")):
        sides = (summary.level(rlnas, after, score=score, part=part).value for after in (False, True))
        assert cells[head] == " → ".join(f"{value:.3f}" for value in sides).replace("-", "−")
    notes = [one.text for one in paragraphs("sections/landmarks.j2", summary)]
    assert any(note.startswith("RLNAS: the held-out images have random classes, too") for note in notes)
    assert not any(note.startswith("SPOS: the held-out images") for note in notes)


def test_what_chosen_landmarks_cost_is_said(summary: Summary) -> None:
    header = {**summary.header, "choosers": {"spos": 1, "gdas": 2}, "candidates": 1234}
    said = dict(paragraphs("findings.j2", replace(summary, header=header)))["What do chosen landmarks cost?"]
    assert "one after the other (SPOS: 1; GDAS: 2). Each chooses by its scores of 1,234 random candidates" in said
    assert "What do chosen landmarks cost?" not in dict(paragraphs("findings.j2", summary))


@pytest.mark.slow
def test_who_is_chosen_by_whom_is_in_the_header(truth: Truth) -> None:
    chosen = {"count": 10, "choice": "super_net"}
    rows = {
        "count-8": {"count": 8},
        "chosen-10": {**chosen, "after": "count-8"},
        "chosen-11": {**chosen, "count": 11, "after": "chosen-10"},
    }
    variants = {name: {"strategy": "spos", "label": name, "landmarks": row} for name, row in rows.items()}
    results = invented_results(truth, strategies=("spos",))
    design, marks = results.design, results.design.landmarks
    study = Study.model_validate({**design.study.model_dump(), "variants": variants})
    own = {name: {seed: some[: row["count"]] for seed, some in marks.items()} for name, row in rows.items()}
    candidates = {seed: truth.at([1, 2, 3]) for seed in marks}
    design = replace(design, study=study, own_landmarks=own, candidates=candidates)
    names = (trial.name for trial in design.trials)
    trials = {name: results.trials["-".join(["spos", *name.rsplit("-", 2)[1:]])] for name in names}
    found = header(Results(design, trials), 0, truth)
    assert (found["choosers"], found["candidates"]) == ({"chosen-10": 1, "chosen-11": 2}, 3)


@pytest.mark.slow
@pytest.mark.parametrize(("after", "status"), [(0.95, "worse"), (-0.8, "better"), (0.2, "undecided")])
def test_what_is_said_of_settings_follows_the_numbers(truth: Truth, after: float, status: str) -> None:
    rows = {"softplus": {"terms": {"landmark": {"loss": "softplus"}}, "after": 0.2}, "few": {"landmarks": {"count": 5}}}
    variants = {name: {"strategy": "spos", "label": f"with {name}", **row} for name, row in rows.items()}
    results = invented_results(truth, strategies=("spos",), variants=variants, after=after, pool=200, seeds=(0, 1, 2))
    summary = analyse(results, truth)
    change = summary.change(summary.pair("softplus"), True)
    assert change is not None
    assert change.status == status
    said = dict(paragraphs("findings.j2", summary))
    changed = said["With landmarks"]
    assert ("with softplus ranks decidedly better" in changed) == (status == "better")
    assert (", with softplus worse" in changed) == (status == "worse")
    idle = said["What makes no decided difference?"]
    assert ("loss" in idle) == (status == "undecided")
    assert "48 % are in the wrong order when guidance begins and 30 % when it ends" in said["Is the term obeyed?"]
    lead = summary.gain(summary.pair("spos"), part=f"{LEAD} of spos")
    words = f"the landmarks gain {lead.value:+.3f} [{lead.low:.3f}, {lead.high:.3f}] more."
    assert words in said["How much carries over?"].replace("−", "-")


class TestCarriesOver:
    """What the landmarks learned and other cells did not."""

    @pytest.fixture
    def changed(self, landmark_summary: Summary) -> Callable[..., Summary]:
        """The study with other numbers: `change(pair, finding)` of its lines on pool and landmarks."""

        def summary(change: Callable[[Pair, Finding], Finding]) -> Summary:
            pairs = {pair.after: pair for pair in landmark_summary.pairs}
            lines = [change(pairs[one.arm], one) if one.arm in pairs else one for one in landmark_summary.frame]
            return replace(landmark_summary, frame=Frame(tuple(lines)))

        return summary

    def test_rows_that_learn_more_than_carries_over_are_named(self, changed: Callable[..., Summary]) -> None:
        def lead(pair: Pair, one: Finding) -> Finding:
            if not one.part.startswith(LEAD):
                return one
            return one._replace(status=BETTER if pair.name in ("noisy", "soft-5") else UNDECIDED)

        said = dict(paragraphs("findings.j2", changed(lead)))["How much carries over?"]
        assert said.endswith("Decidedly less carries over than is learned in with soft-5 and with noisy.")

        def none(_: Pair, one: Finding) -> Finding:
            return one._replace(status=UNDECIDED) if one.part.startswith(LEAD) else one

        assert "Decidedly less" not in dict(paragraphs("findings.j2", changed(none)))["How much carries over?"]

    def test_what_the_landmarks_lost_is_not_learned(self, changed: Callable[..., Summary]) -> None:
        """More than the pool, as that lost still more."""

        def lost(_: Pair, one: Finding) -> Finding:
            if one.part.startswith(LANDMARKS + " of") and not one.base:
                return one._replace(value=-1.0)
            return one._replace(status=BETTER) if one.part.startswith(LEAD) else one

        assert Say(changed(lost)).learned_and_kept() == []

    def test_landmarks_and_pool_are_correlated_over_rows_that_are_many_enough(
        self, changed: Callable[..., Summary], landmark_summary: Summary
    ) -> None:
        names = list(landmark_summary.labels)
        assert len(names) == FEWEST_TO_CORRELATE
        rank = {name: (7 * place) % 6 for place, name in enumerate(names)}

        def other(pair: Pair, one: Finding) -> Finding:
            ours = not one.base and one.metric == "tau" and one.seed is None and one.score == pair.score
            if ours and one.part == f"{LANDMARKS} of {pair.name}":
                return one._replace(value=0.1 * rank[pair.name])
            return one._replace(value=0.9 - 0.1 * names.index(pair.name)) if ours and not one.part else one

        summary = changed(other)
        rho = spearmanr([rank[name] for name in names], range(len(names), 0, -1)).statistic
        assert Say(summary).carried_over() == pytest.approx(rho)
        said = dict(paragraphs("findings.j2", summary))["How much carries over?"]
        assert (
            f"tau on the landmarks and tau on the pool have a rank correlation of {rho:.2f}".replace("-", "−") in said
        )
        fewer = replace(summary, pairs=summary.pairs[:-1])
        assert np.isnan(Say(fewer).carried_over())
        assert "rank correlation" not in dict(paragraphs("findings.j2", fewer))["How much carries over?"]


def test_ranks_that_rows_share_are_held_once(landmark_study: Results, truth: Truth) -> None:
    ranks = rank_table(landmark_study, truth)
    assert list(ranks.by_arm) == ["spos-plain", *(f"{name}-landmark" for name in landmark_study.design.rows)]
    pool = truth.of(landmark_study.design.pool)
    assert ranks.true_ranks.tolist() == [1 + int(np.sum(pool > value)) for value in pool]
    scores = Scored(landmark_study).side(landmark_study.design.rows["noisy"].after).scores
    expected = [[1 + np.sum(row > value) + (np.sum(row == value) - 1) / 2 for value in row] for row in scores]
    assert ranks.by_arm["noisy-landmark"].tolist() == expected
