"""What `nasrank.rank` finds, against scipy and by hand, and what it says it left out."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import TRUTH
from scipy import stats

from nasrank import get_space, open_oracle, rank
from nasrank.bench.ranking import METRICS, metrics
from nasrank.predictors import Context, Labels
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge


@pytest.mark.slow
def test_values_are_those_of_scipy_and_of_the_metrics(scored):
    report = rank((scored.texts, {"good": scored.good, "poor": scored.poor}), truth=TRUTH)
    for name in ("good", "poor"):
        scores = getattr(scored, name)
        assert report.value(name).value == pytest.approx(stats.kendalltau(scores, scored.truth).statistic)
        assert report.value(name, "spearman").value == pytest.approx(stats.spearmanr(scores, scored.truth).statistic)
        for metric in METRICS.values():
            assert report.value(name, metric.name).value == pytest.approx(metric(scores, scored.truth))
        assert report.value(name, "best_rank_at1").value == metrics.best_rank_at(scores, scored.truth, k=1)
        assert report.column(name).ties == metrics.tied_pair_share(scores)
    space = get_space("nb201")
    parameters = [space.cost(cell).parameters for cell in scored.cells]
    assert report.value("parameters").value == pytest.approx(stats.kendalltau(parameters, scored.truth).statistic)
    assert report.column("parameters").baseline
    assert report.ceiling.metrics["tau"] == 0.926
    assert report.ceiling.source == "recorded"


@pytest.mark.slow
def test_every_value_has_its_interval_its_ties_and_how_it_was_made(scored):
    report = rank((scored.texts, scored.good), truth=TRUTH)
    for one in report.values:
        assert one.low <= one.value + 1e-9 or one.metric in (
            "best_rank_at1",
            "best_rank_at10",
            "regret_at1",
            "regret_at10",
        )
        assert one.low <= one.high
        assert one.draws >= 40
        assert not one.reason
    assert "0.1 points" in report.metrics["sparse_tau"].label
    assert report.value("scores").way == "bootstrap"


@pytest.mark.slow
def test_a_large_pool_has_linearised_intervals_like_those_of_pairs():
    """The pool is just above and just below the limit, of the same architectures but one."""
    space, generator = get_space("nb201"), np.random.default_rng(0)
    positions = generator.choice(len(space), size=1001, replace=False)
    table = open_oracle("analog-nasbench")
    scores = np.asarray(table.whole(table.columns[0]))[positions] + 5 * generator.normal(size=1001)
    large = rank((positions, scores), truth=TRUTH)
    exact = rank((positions[:1000], scores[:1000]), truth=TRUTH)
    assert large.value("scores").way == "linearised bootstrap"
    assert exact.value("scores").way == "bootstrap"
    for metric in ("tau", "spearman", "tau_top50", "tau_top10", "sparse_tau"):
        wide, narrow = (one.value("scores", metric) for one in (exact, large))
        assert narrow.high - narrow.low == pytest.approx(wide.high - wide.low, rel=0.25)
        assert narrow.low == pytest.approx(wide.low, abs=0.02 if "top" not in metric else 0.06)


@settings(max_examples=8)
@given(st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_order_of_rows_and_columns_does_not_matter(scored, random):
    rows, names = list(range(200)), ["good", "poor"]
    random.shuffle(rows)
    random.shuffle(names)
    content = {"arch": scored.texts, "good": scored.good, "poor": scored.poor}
    first = rank(content, truth=TRUTH)
    mixed = {name: [content[name][row] for row in rows] for name in ["arch", *names]}
    second = rank(mixed, truth=TRUTH)
    for one in first.values:
        other = second.value(one.name, one.metric)
        assert np.array_equal(list(asdict(one).values())[5:8], list(asdict(other).values())[5:8])
    assert asdict(first.counts) == asdict(second.counts)
    found = {(one.first, one.second): one.value for one in second.differences}
    for one in first.differences:
        other = found.get((one.first, one.second), -found.get((one.second, one.first), np.nan))
        assert one.value == other


@pytest.mark.slow
def test_differences_are_paired_and_corrected(scored):
    report = rank((scored.texts, {"good": scored.good, "same": scored.good, "poor": scored.poor}), truth=TRUTH)
    found = {(one.first, one.second): one for one in report.differences}
    assert len(found) == 3 + 3 * 2 == report.header["comparisons"]
    same, real = found["good", "same"], found["good", "poor"]
    assert (same.value, same.low, same.high, same.p, same.decided) == (0, 0, 0, 1, False)
    taus = report.value("good"), report.value("poor")
    assert real.value == pytest.approx(taus[0].value - taus[1].value)
    assert real.decided
    assert real.decided_alone
    assert 0 < real.low < real.value < real.high
    apart = sum((one.high - one.low) ** 2 for one in taus) ** 0.5
    assert real.high - real.low < apart * 1.1
    assert found["poor", "parameters"].baseline


@pytest.mark.slow
def test_seeds_are_averaged_paired_and_in_the_interval(scored):
    generator = np.random.default_rng(5)
    noise = generator.normal(size=(3, 200))
    content = {
        "arch": scored.texts * 3,
        "seed": np.repeat([7, 8, 9], 200),
        "good": np.concatenate([scored.good + 0.1 * row for row in noise]),
        "other": np.concatenate([scored.good + 0.1 * row - 0.05 * scored.poor for row in noise]),
    }
    report = rank(content, truth=TRUTH)
    taus = [stats.kendalltau(scored.good + 0.1 * row, scored.truth).statistic for row in noise]
    assert report.value("good").by_seed == pytest.approx(tuple(taus))
    assert report.value("good").value == pytest.approx(np.mean(taus))
    assert report.column("good").seeds == 3
    alone = rank((scored.texts, scored.good + 0.1 * noise[0]), truth=TRUTH).value("scores")
    assert report.value("good").high - report.value("good").low > alone.high - alone.low
    assert report.counts.ranked == 200
    assert "seeds are told apart by the column seed" in report.notes
    lacking = {name: np.asarray(column)[1:] for name, column in content.items()}
    assert rank(lacking, truth=TRUTH).counts.without_score == {"good": 1, "other": 1}


@pytest.mark.slow
def test_labelled_architectures_leave_the_ranking_and_the_ridge_has_their_labels(scored):
    marks = np.zeros(200, dtype=bool)
    marks[::7] = True
    content = {"arch": scored.texts, "good": scored.good, "used": marks}
    report = rank(content, truth=TRUTH, labels="used")
    assert (report.counts.labelled, report.counts.ranked) == (29, 171)
    assert report.value("good").value == pytest.approx(
        stats.kendalltau(scored.good[~marks], scored.truth[~marks]).statistic
    )
    known = Labels([scored.cells[place] for place in np.flatnonzero(marks)], scored.truth[marks])
    ridge = LabelMatchedRidge().prepared(Context(get_space("nb201"), labels=known))
    scores = ridge.score([scored.cells[place] for place in np.flatnonzero(~marks)])
    expected = stats.kendalltau(scores, scored.truth[~marks]).statistic
    assert report.value("label_matched").value == pytest.approx(expected)
    assert report.column("label_matched").label == "ridge on the same labels (29)"
    given_labels = np.where(marks, scored.truth, np.nan)
    by_value = rank({**content, "used": given_labels}, truth=TRUTH, labels="used")
    assert by_value.value("label_matched").value == pytest.approx(expected)
    words = ["yes" if mark else "no" for mark in marks]
    assert rank({**content, "used": words}, truth=TRUTH, labels="used").counts.labelled == 29


@pytest.mark.slow
def test_what_is_missing_unknown_or_repeated_is_counted_and_said(scored):
    truth = dict(zip(scored.texts[:150], scored.truth[:150], strict=True))
    texts = [*scored.texts, scored.texts[0], "|nonsense~0|"]
    scores = np.array([*scored.good, scored.good[0], 1.0])
    scores[1], scores[2] = np.nan, np.inf
    report = rank((texts, scores), truth=truth, space="nb201", skip_unknown=True)
    counts = report.counts
    assert (counts.rows, counts.unknown, counts.repeated, counts.architectures) == (202, 1, 1, 200)
    assert (counts.without_truth, counts.ranked, counts.not_scored) == (50, 148, 0)
    assert (counts.without_score, counts.infinite) == ({"scores": 2}, {"scores": 1})
    said = "\n".join(report.notes)
    for words in ("1 row names no architecture", "1 row repeats", "50 architectures have no truth", "1 infinite"):
        assert words in said
    fewer = rank((texts[10:150], scores[10:150]), truth=truth, space="nb201")
    assert fewer.counts.not_scored == 10
    assert any("10 architectures have a truth and no score" in note for note in fewer.notes)


@pytest.mark.slow
def test_duplicates_by_isomorphism_are_named_with_their_count():
    space = get_space("nb201")
    groups: dict[str, list[int]] = {}
    for position in range(400):
        groups.setdefault(space.key(space.at(position)), []).append(position)
    several = [members for members in groups.values() if len(members) > 1]
    report = rank((np.arange(400), np.random.default_rng(0).normal(size=400)), truth=TRUTH)
    assert report.counts.isomorphic == sum(map(len, several)) > 0
    assert report.counts.classes == len(groups)
    assert any(f"up to isomorphism there are {len(groups)}" in note for note in report.notes)


@pytest.mark.slow
def test_directions_are_recognised_given_and_never_turned_silently(scored):
    content = {"arch": scored.texts, "val_loss": -scored.good, "proxy": -scored.good}
    report = rank(content, truth=TRUTH)
    assert report.value("val_loss").value == pytest.approx(-report.value("proxy").value)
    assert "val_loss: lower is better (recognised by its name)" in report.notes
    assert any("say lower_is_better=['proxy'] (--lower-is-better proxy)" in note for note in report.notes)
    told = rank(content, truth=TRUTH, lower_is_better="proxy", higher_is_better=["val_loss"])
    assert told.value("proxy").value == report.value("val_loss").value
    assert any("say lower_is_better=['val_loss'] (--lower-is-better val_loss)" in note for note in told.notes)


@pytest.mark.slow
def test_a_truth_of_which_lower_is_better_is_turned():
    table = open_oracle("nb101-digits")
    loss = next(one for one in (*table.columns, *table.means) if one.direction == "lower" and one.curve is None)
    values = np.asarray(table.whole(loss), dtype=np.float64)
    report = rank((table.rows.positions, -values), truth=(table, loss))
    assert report.value("scores").value == pytest.approx(1.0)
    assert "sparse_tau" not in report.metrics


@pytest.mark.slow
def test_a_truth_of_seed_means_has_a_ceiling_from_its_seeds():
    table = open_oracle("nb101-digits")
    column = next(
        one
        for one in (*table.columns, *table.means)
        if one.metric == "accuracy" and one.seeds == "mean" and one.curve is None
    )
    generator = np.random.default_rng(0)
    positions = generator.choice(table.rows.positions, size=300, replace=False)
    report = rank((positions, generator.normal(size=300)), truth=(table, column))
    assert report.ceiling.source == "estimated from the seeds in the table"
    assert 0.7 < report.ceiling.metrics["tau"] < 0.95
    assert report.ceiling.architectures == 300


@pytest.mark.slow
def test_one_constant_column_among_others_has_a_reason_in_place_of_values(scored):
    report = rank((scored.texts, {"good": scored.good, "flat": np.ones(200)}), truth=TRUTH)
    assert np.isnan(report.value("flat").value)
    assert "equal" in report.value("flat").reason
    assert all("flat" not in (one.first, one.second) for one in report.differences)
    assert report.value("flat", "regret_at1").value > 0
    json.loads(report.to_json())


@pytest.mark.slow
def test_small_pools_say_why_a_metric_has_no_value(scored):
    report = rank((scored.texts[:12], scored.good[:12]), truth=TRUTH)
    assert "at least 2 are needed" not in report.value("scores").reason
    tiny = rank((scored.texts[:5], scored.good[:5]), truth=TRUTH)
    assert "at least 2 are needed" in tiny.value("scores", "tau_top10").reason
    assert "k must be" in tiny.value("scores", "regret_at10").reason


@pytest.mark.slow
def test_a_column_called_like_a_baseline_is_none(scored):
    report = rank((scored.texts, {"parameters": scored.good}), truth=TRUTH)
    assert not report.column("parameters").baseline
    assert report.column("parameters (baseline)").baseline


@pytest.mark.slow
def test_records_are_a_tidy_table(scored, tmp_path):
    report = rank((scored.texts, {"=good": scored.good, "poor": scored.poor}), truth=TRUTH)
    records = report.to_records()
    assert {row["kind"] for row in records} == {"score", "baseline", "difference"}
    assert len({tuple(row) for row in records}) == 1
    rows = list(csv.DictReader(io.StringIO(report.to_csv(tmp_path / "t.csv"))))
    assert (tmp_path / "t.csv").read_text() == report.to_csv()
    assert rows[0]["name"] == "'=good"
    assert float(rows[0]["value"]) == pytest.approx(report.value("=good").value, abs=1e-6)
    content = json.loads(report.to_json(tmp_path / "t.json"))
    assert (content["kind"], content["answer"]) == ("rank report", report.answer)
