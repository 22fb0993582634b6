"""Claims that a study states beforehand: what is compared, when one holds, and where a report says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.claims import outcome
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.scores import Side
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.claims import claims
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.reporting.sections import sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

STATED = {
    "guidance": {"says": "It helps", "row": "spos", "guided": True, "against": "spos", "at_least": -1},
    "too-much": {"says": "By very much", "row": "spos", "guided": True, "against": "spos", "at_least": 1.5},
    "same": {"says": "Two ways are alike", "row": "gdas", "against": "spos", "at_least": -0.08},
    "cost": {"says": "Cost ranks better", "row": "parameters", "against": "spos", "at_least": 0.1},
    "cheap": {
        "says": "Within thirds, too",
        "row": "spos",
        "guided": True,
        "against": "parameters",
        "within": "multiply_adds",
        "at_least": -1,
    },
    "loss": {"says": "By the loss, too", "row": "spos", "score": "negative_loss", "against": "gdas", "at_least": -2},
}


@pytest.fixture(scope="module")
def results(truth: Truth) -> Results:
    return invented_results(truth, pool=120, claims=STATED, analysis={"thirds": ["multiply_adds"], "draws": 200})


@pytest.fixture(scope="module")
def summary(results: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(results, truth)


def taus(results: Results, truth: Truth, arm: str, members=slice(None), score: str = "accuracy") -> np.ndarray:
    """Of each seed, on the pool or on some of it, with SciPy alone."""
    known = truth.of(results.design.pool)[members]
    scores = [np.array(results.trials[f"{arm}-seed{seed}"]["scores"][score])[members] for seed in (0, 1)]
    return np.array([stats.kendalltau(one, known).statistic for one in scores])


def found(summary: Summary) -> dict[str, Finding]:
    return {one.says: one.found for one in claims(summary)}


@pytest.mark.slow
def test_the_difference_is_that_of_two_taus(summary: Summary, results: Results, truth: Truth) -> None:
    gained = taus(results, truth, "spos-landmark") - taus(results, truth, "spos-plain")
    assert found(summary)["It helps"].value == pytest.approx(gained.mean())
    apart = taus(results, truth, "gdas-plain") - taus(results, truth, "spos-plain")
    assert found(summary)["Two ways are alike"].value == pytest.approx(apart.mean())
    costs = np.array([results.design.space.cost(one).parameters for one in results.design.pool])
    by_cost = stats.kendalltau(costs, truth.of(results.design.pool)).statistic
    beyond = by_cost - taus(results, truth, "spos-plain").mean()
    assert found(summary)["Cost ranks better"].value == pytest.approx(beyond)


@pytest.mark.slow
def test_it_may_be_by_another_score(summary: Summary, results: Results, truth: Truth) -> None:
    by_loss = taus(results, truth, "spos-plain", score="negative_loss") - taus(results, truth, "gdas-plain")
    assert found(summary)["By the loss, too"].value == pytest.approx(by_loss.mean())


def test_within_thirds_it_is_their_mean(summary: Summary, results: Results, truth: Truth) -> None:
    design = results.design
    costs = np.array([design.space.cost(one).multiply_adds for one in design.pool])
    parameters = np.array([design.space.cost(one).parameters for one in design.pool])
    low, high = np.quantile(costs, [1 / 3, 2 / 3], method="lower")
    known, differences = truth.of(design.pool), []
    for members in (costs <= low, (costs > low) & (costs <= high), costs > high):
        if members.sum() >= 10:
            by_cost = stats.kendalltau(parameters[members], known[members]).statistic
            differences.append((taus(results, truth, "spos-landmark", members) - by_cost).mean())
    assert len(differences) > 1
    assert found(summary)["Within thirds, too"].value == pytest.approx(np.mean(differences))


def test_a_claim_holds_by_its_whole_interval(summary: Summary) -> None:
    by_claim = found(summary)
    assert by_claim["It helps"].status == "holds"
    assert by_claim["By very much"].status == "does not hold"
    assert by_claim["Two ways are alike"].status == "open"
    one = Finding(value=0.3, low=0.1, high=0.5)
    assert [outcome(one, at) for at in (0.1, 0.11, 0.5, 0.51)] == ["holds", "open", "open", "does not hold"]
    assert outcome(Finding(status="a trial failed"), 0.0) == "a trial failed"


def test_what_had_been_seen_when_they_were_stated_is_said(summary: Summary) -> None:
    after = replace(summary, header={**summary.header, "claims_after": "a pilot of two seeds"})
    assert sections(after)[0].title == "Claims, stated after a pilot of two seeds"
    leads = [one.lead for one in paragraphs("findings.j2", after) if one.lead.startswith("Claim")]
    assert leads[0] == "Claim, stated after a pilot of two seeds: holds"
    assert sections(summary)[0].title == "Claims, stated beforehand"


def test_thirds_of_a_pool_are_resampled_by_themselves(results: Results) -> None:
    """Places of one and the same resample would tie architectures together that have nothing in common."""
    known = np.arange(12.0)
    scores = known + 4 * np.random.default_rng(0).normal(size=(1, 12))
    bounds = {
        part: Comparison(results.design.study, known, part).level(Side(scores, {}), METRICS["tau"], Finding())
        for part in ("", "cost: 1 to 2", "cost: 3 to 4")
    }
    assert len({one.value for one in bounds.values()}) == 1
    assert len({(one.low, one.high) for one in bounds.values()}) == 3


def test_a_report_says_them_first_and_all(summary: Summary) -> None:
    first, *_ = sections(summary)
    assert first.key == "claims"
    assert [label for label, _ in first.lines] == [one["says"] for one in STATED.values()]
    compared, asked, value, status = dict(first.lines)["Within thirds, too"]
    assert compared == "SPOS with landmarks minus parameter count, mean within thirds by multiply-adds"
    assert asked == "at least −1.000"
    assert value.startswith(("+", "−"))
    assert status == "holds"
    said = [one for one in paragraphs("findings.j2", summary) if one.lead.startswith("Claim")]
    assert len(said) == len(STATED)
    assert said[0].lead == "Claim, stated beforehand: holds"
    assert said[0].text.startswith("It helps. SPOS with landmarks minus SPOS: +")


@pytest.mark.slow
def test_it_can_be_read_back_and_without_claims_there_is_nothing(summary: Summary, truth: Truth) -> None:
    again = Summary.from_texts(summary.to_text(), summary.frame.to_csv())
    assert [one.found.status for one in claims(again)] == [one.found.status for one in claims(summary)]
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        plain = analyse(invented_results(truth), truth)
    assert "claims" not in plain.header
    assert all(table.key != "claims" for table in sections(plain))


@pytest.mark.slow
def test_a_failed_trial_leaves_a_claim_without_a_value(truth: Truth) -> None:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        failed = analyse(
            invented_results(
                truth, claims=STATED, failed=("gdas-plain-seed1",), analysis={"thirds": ["multiply_adds"]}
            ),
            truth,
        )
    assert found(failed)["Two ways are alike"].status == "a trial failed, or its scores are equal"
    assert found(failed)["It helps"].known


@pytest.mark.slow
def test_thirds_too_small_to_rank_leave_a_claim_without_a_value(truth: Truth) -> None:
    within = {"cheap": {**STATED["cheap"], "against": "gdas"}}
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        small = analyse(invented_results(truth, pool=24, claims=within, analysis={"thirds": ["multiply_adds"]}), truth)
    assert found(small)["Within thirds, too"].status == "the thirds are too small to rank"


def test_claims_make_no_other_results(results: Results) -> None:
    without = replace(results.design, study=results.design.study.model_copy(update={"claims": {}}))
    assert without.common_fingerprint == results.design.common_fingerprint
    assert results.design.study.quick().claims == results.design.study.claims


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"row": "spas"}, "'spas' is neither a row nor a baseline; there are spos, gdas, label_matched"),
        ({"against": "fairnas"}, "'fairnas' is neither a row nor a baseline"),
        ({"against": "parameters", "against_guided": True}, "the baseline parameters has one ranking"),
        ({"within": "parameters"}, "'parameters' is none of analysis.thirds, which are multiply_adds"),
        ({"row": "spos", "against": "spos"}, "it is about the difference of a ranking from itself"),
        ({"at_least": 3}, "less than or equal to 2"),
    ],
)
def test_what_a_study_does_not_measure_is_refused(results: Results, changed: dict[str, object], said: str) -> None:
    content = results.design.study.model_dump(mode="json")
    content["claims"] = {"one": {"says": "So it is", "row": "gdas", "against": "spos", "at_least": 0, **changed}}
    with pytest.raises(ValidationError, match=said) as error:
        type(results.design.study).model_validate(content)
    assert error.value.errors()[0]["loc"][:2] == ("claims", "one")
