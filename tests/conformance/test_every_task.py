"""Laws of every registered task, and proof that a task which breaks one is found out."""

from __future__ import annotations

import contextlib
import math
import re

import pytest
import torch
from scores_that_are_no_means import IntersectionOverUnion, Perplexity

from nasrank.bench.data import Description
from nasrank.bench.tasks import TASKS, Score, Task
from nasrank.bench.tasks.classification import Classification

CLASSES = 5
DATA = Description("invented", (3, 4, 4), tuple("abcde"))
TEXT = Description("invented text", (6,), tuple("abcde"), "text")
SCENES = Description("invented scenes", (3, 4, 4), tuple("abcde"), "segmented images")
PAIRS = Description("invented pairs", (6, 4, 4), (), "stereo pairs")
SIZES = (7, 1, 12)


def on_its_kind_of_data(task: type[Task]) -> Task:
    """The task on invented data that it can be learned from."""
    for data in (DATA, TEXT, SCENES, PAIRS):
        with contextlib.suppress(ValueError):
            return task.of(data)
    raise AssertionError(f"{task.name} can be learned from no invented data: add some of its kind")


BUILT = {
    **{name: on_its_kind_of_data(task) for name, task in TASKS.items()},
    "perplexity": Perplexity.of(DATA),
    "intersection_over_union": IntersectionOverUnion.of(DATA),
}
"""Registered ones, and two of tests whose scores are no means of batches."""

every_task = pytest.mark.parametrize("task", BUILT.values(), ids=BUILT)


def examples(task: Task) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of unequal sizes, one of them of a single sample."""
    generator = torch.Generator().manual_seed(0)
    return [task.example(size, generator) for size in SIZES]


def check_additivity(task: Task) -> None:
    """The statistics of a concatenation are the sum of those of its parts."""
    batches = examples(task)
    parts = [task.statistics(*batch) for batch in batches]
    whole = task.statistics(*(torch.cat(column) for column in zip(*batches, strict=True)))
    assert whole.dtype == torch.float64
    assert whole.ndim == 1
    torch.testing.assert_close(torch.stack(parts).sum(0), whole, rtol=1e-9, atol=1e-9)


def check_scores(task: Task) -> None:
    """Every score that is declared, and no other, is in its range; it is ranked by so that higher is better."""
    for batch in examples(task):
        total = task.statistics(*batch)
        values = task.scores(total)
        assert values.keys() == {measure.name for measure in task.measures}
        assert all(isinstance(value, float) and math.isfinite(value) for value in values.values())
        ranked = task.ranked(total)
        assert tuple(ranked) == task.score_names
        for measure in task.measures:
            assert measure.low <= values[measure.name] <= measure.high
            assert measure.upward.low <= ranked[measure.column] <= measure.upward.high
            sign = 1 if measure.higher_is_better else -1
            assert ranked[measure.column] == sign * values[measure.name]


def check_declaration(task: Task) -> None:
    """At least one score, each with a name of its own that files can hold, words for it, a unit and a direction."""
    assert task.measures
    assert len(set(task.score_names)) == len(task.measures)
    for measure in task.measures:
        assert re.fullmatch("[a-z][a-z0-9_]*", measure.name)
        assert measure.label
        assert measure.unit
        assert isinstance(measure.higher_is_better, bool)


def check_loss(task: Task) -> None:
    """It is a finite scalar, and its gradient reaches the outputs."""
    for outputs, targets in examples(task):
        outputs.requires_grad_()
        loss = task.loss(outputs, targets)
        assert loss.shape == ()
        assert torch.isfinite(loss)
        (gradient,) = torch.autograd.grad(loss, outputs)
        assert torch.isfinite(gradient).all()
        assert gradient.abs().sum() > 0


CHECKS = {check.__name__: check for check in (check_additivity, check_scores, check_declaration, check_loss)}


@every_task
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_it_keeps(check, task):
    check(task)


@pytest.mark.parametrize("name", TASKS)
def test_a_registered_task_is_called_what_it_is_registered_as(name):
    assert BUILT[name].name == name


@pytest.mark.parametrize("name", TASKS)
def test_the_class_knows_the_names_of_its_scores(name):
    assert TASKS[name].score_names == BUILT[name].score_names != ()


def test_classes_are_what_there_is_to_classify():
    assert Classification.of(DATA) == Classification(CLASSES)
    with pytest.raises(ValueError, match="classification needs a data set with classes; depth has none"):
        Classification.of(Description("depth", (3, 4, 4), ()))


class Means(Classification):
    """Statistics that are means of a batch."""

    def statistics(self, outputs, targets):
        return super().statistics(outputs, targets) / len(targets)


class Singles(Classification):
    """Statistics in single precision."""

    def statistics(self, outputs, targets):
        return super().statistics(outputs, targets).float()


class Undeclared(Classification):
    """A score that nobody knows the direction of."""

    def scores(self, total):
        return {**super().scores(total), "depth": 1.0}


class Infinite(Classification):
    def scores(self, total):
        return {**super().scores(total), "loss": math.inf}


class Percent(Classification):
    """An accuracy that is no fraction, as it is said to be."""

    def scores(self, total):
        values = super().scores(total)
        return {**values, "accuracy": 100 + values["accuracy"]}


class Twice(Classification):
    """Two scores of one name, once they are turned the same way."""

    measures = (*Classification.measures, Score("negative_loss", "log-likelihood", "nats", higher_is_better=True))


class Deaf(Classification):
    """A loss that no gradient comes from."""

    def loss(self, outputs, targets):
        return super().loss(outputs, targets) * 0.0


@pytest.mark.parametrize(
    ("check", "broken"),
    [
        (check_additivity, Means),
        (check_additivity, Singles),
        (check_scores, Undeclared),
        (check_scores, Infinite),
        (check_scores, Percent),
        (check_declaration, Twice),
        (check_loss, Deaf),
    ],
)
def test_a_task_that_breaks_a_law_is_found_out(check, broken):
    with pytest.raises(AssertionError):
        check(broken(CLASSES))
