"""What scores are called and what values they can have is declared where they are made, and nowhere else."""

from __future__ import annotations

from math import inf, pi

import numpy as np
import pytest
from scores_that_are_no_means import IntersectionOverUnion

from nasrank.bench.reporting.words import score_label
from nasrank.bench.scores import further_name, known_columns, label_of, parts_of_name, range_of
from nasrank.bench.scores.combination import COMBINATIONS, Combination, stored_scores
from nasrank.bench.scores.score import WAYS, Way, every_score
from nasrank.bench.tasks import TASKS, Score
from nasrank.bench.tasks.classification import Classification

SIZE = Score("weights_size", "size of the weights", "1", higher_is_better=True, low=0.0)


def nothing(_trained, _paths):
    return {}


def test_scores_are_called_as_reports_have_always_called_them():
    assert {name: score_label(name) for name in known_columns()} == {
        "accuracy": "accuracy",
        "negative_loss": "minus the loss",
        "negative_perplexity": "minus the perplexity",
        "mean_iou": "mean intersection over union",
        "mean_dice": "mean Dice coefficient",
        "pixel_accuracy": "pixel accuracy",
        "negative_end_point_error": "minus the end-point error",
        "negative_bad_2": "minus the share of pixels off by more than 2",
        "angle": "angle",
        "kernel_angle": "kernel angle",
        "preference": "own parameters",
        "rank_sum": "rank sum",
    }


def test_further_ways_to_score_have_the_label_and_the_range_of_their_score():
    name = further_name("negative_loss", "ten-thousand")
    assert (name, parts_of_name(name)) == ("negative_loss@ten-thousand", ("negative_loss", "ten-thousand"))
    assert (label_of(name), range_of(name)) == ("minus the loss (ten-thousand)", (-inf, 0))
    assert (further_name("angle", ""), parts_of_name("angle")) == ("angle", ("angle", ""))
    assert (label_of("steepness@x"), range_of("steepness@x")) == ("steepness (x)", (-inf, inf))


def test_ranges_are_those_of_what_is_stored():
    assert range_of("accuracy") == (0, 1)
    assert range_of("negative_loss") == (-inf, 0)
    assert range_of("preference") == (-inf, inf)
    low, high = range_of("angle")
    assert (low, high) == range_of("kernel_angle")
    assert low == 0
    assert high == round(pi, 6), "as results have half a turn"


def test_every_column_says_its_unit_and_that_higher_is_better():
    for name, score in known_columns().items():
        assert score.name == score.column == name
        assert score.unit
        assert score.higher_is_better


def test_a_task_that_is_registered_is_all_that_its_scores_need(monkeypatch):
    assert (label_of("miou"), range_of("miou")) == ("miou", (-inf, inf))
    monkeypatch.setitem(TASKS, "intersection_over_union", IntersectionOverUnion)
    assert score_label("miou") == "mean intersection over union"
    assert range_of("miou") == (0, 1)


def test_of_what_is_lower_minus_it_is_ranked_by():
    assert label_of("negative_perplexity") == "minus the perplexity"
    low, high = range_of("negative_perplexity")
    assert high == -1
    assert low < -1e300


def test_a_way_that_is_registered_is_all_that_its_scores_need(monkeypatch):
    assert (label_of("weights_size"), range_of("weights_size")) == ("weights size", (-inf, inf))
    monkeypatch.setitem(WAYS, "size", Way("size", nothing, (SIZE,)))
    assert (score_label("weights_size"), range_of("weights_size")) == ("size of the weights", (0, inf))


def test_a_combination_that_is_registered_is_computed_and_called_as_it_says(monkeypatch):
    trial = {"scores": {"accuracy": [0.5, 0.25], "angle": [1.0, 2.0]}}
    product = Score("product", "accuracy times angle", "1", higher_is_better=True)
    monkeypatch.setitem(COMBINATIONS, "product", Combination(product, ("accuracy", "angle"), np.multiply))
    found = stored_scores(trial)
    assert list(found) == ["accuracy", "angle", "product"], "no rank sum, which takes the angle of the kernels"
    assert found["product"].tolist() == [0.5, 0.5]
    assert score_label("product") == "accuracy times angle"


def test_the_rank_sum_is_of_accuracy_and_the_angle_of_the_kernels():
    trial = {"scores": {"accuracy": [0.5, 0.25, 0.75], "angle": [9.0, 9.0, 9.0], "kernel_angle": [1.0, 2.0, 0.0]}}
    assert stored_scores(trial)["rank_sum"].tolist() == [4, 4, 4]
    assert list(stored_scores(trial))[-1] == "rank_sum"


@pytest.mark.parametrize(
    "other",
    [
        Score("accuracy", "share of right ones", "fraction", higher_is_better=True, low=0.0, high=1.0),
        Score("accuracy", "accuracy", "percent", higher_is_better=True, low=0.0, high=1.0),
        Score("accuracy", "accuracy", "fraction", higher_is_better=True, low=0.0, high=100.0),
    ],
    ids=["label", "unit", "range"],
)
def test_one_name_has_one_meaning(monkeypatch, other):
    monkeypatch.setitem(WAYS, "mine", Way("mine", nothing, (other,)))
    with pytest.raises(ValueError, match="'accuracy' of the way mine is not that of the task classification: label"):
        known_columns()


def test_a_task_that_repeats_the_scores_of_another_is_no_contradiction(monkeypatch):
    class Wider(Classification):
        name = "wider"

    known = known_columns()
    monkeypatch.setitem(TASKS, "wider", Wider)
    assert known_columns() == known


def test_what_lower_is_better_by_is_declared_as_its_negative():
    loss = Score("loss", "loss", "nats", higher_is_better=False, low=0.0, high=9.0)
    assert loss.upward == Score("negative_loss", "minus the loss", "nats", higher_is_better=True, low=-9.0, high=0.0)
    assert loss.upward.upward == loss.upward
    with pytest.raises(ValueError, match="mine must give 'loss' so that higher is better, as 'negative_loss'"):
        Way("mine", nothing, (loss,))
    with pytest.raises(ValueError, match="'loss' must be made so that higher is better, as 'negative_loss'"):
        Combination(loss, ("accuracy",), np.negative)


def test_a_score_without_values_is_refused():
    with pytest.raises(ValueError, match=r"the score 'x' has no values: its range is from 1\.0 to 0\.0"):
        Score("x", "x", "1", higher_is_better=True, low=1.0, high=0.0)


def test_a_way_gives_what_it_declares(monkeypatch):
    class Trained:
        task = Classification(2)

    class Silent:
        name, scores = "task", ()
        compute = staticmethod(nothing)

    for name in tuple(WAYS):
        monkeypatch.setitem(WAYS, name, Silent)
    monkeypatch.setitem(WAYS, "size", Way("size", lambda *_: {"weights_size": np.ones(2)}, (SIZE,)))
    assert list(every_score(Trained, [])) == ["weights_size"]
    monkeypatch.setitem(WAYS, "size", Way("size", lambda *_: {"sise": np.ones(2)}, (SIZE,)))
    with pytest.raises(ValueError, match="size gives the score 'sise', which it does not declare"):
        every_score(Trained, [])
