"""Perplexity, by its definition and by torchmetrics."""

from __future__ import annotations

import math

import pytest
import torch
from torchmetrics.text import Perplexity

from nasrank.bench.data import Description
from nasrank.bench.tasks.language import MOST_NATS, Language

TASK = Language.of(Description("text", (6,), tuple("abcdefghi")))


def batches() -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return [TASK.example(size, generator) for size in (4, 1, 9)]


def test_the_perplexity_is_that_of_torchmetrics_over_all_batches() -> None:
    metric = Perplexity()
    for outputs, targets in batches():
        metric.update(outputs, targets)
    total = torch.stack([TASK.statistics(*one) for one in batches()]).sum(0)
    assert TASK.scores(total)["perplexity"] == pytest.approx(float(metric.compute()), rel=1e-5)


def test_it_is_no_mean_of_those_of_batches() -> None:
    total = torch.stack([TASK.statistics(*one) for one in batches()]).sum(0)
    each = [TASK.scores(TASK.statistics(*one))["perplexity"] for one in batches()]
    assert abs(TASK.scores(total)["perplexity"] - sum(each) / len(each)) > 0.01


@pytest.mark.parametrize("certain", [True, False])
def test_who_knows_the_text_has_one_and_who_knows_nothing_has_as_many_as_there_are_tokens(certain: bool) -> None:
    _, targets = batches()[0]
    outputs = 1000.0 * torch.nn.functional.one_hot(targets, 9).double() if certain else torch.zeros(4, 6, 9)
    found = TASK.scores(TASK.statistics(outputs, targets))
    assert found["perplexity"] == pytest.approx(1 if certain else 9)
    assert found["loss"] == pytest.approx(0 if certain else math.log(9))


def test_the_perplexity_of_who_is_sure_of_the_wrong_is_finite() -> None:
    _, targets = batches()[0]
    outputs = -1e6 * torch.nn.functional.one_hot(targets, 9).double()
    found = TASK.scores(TASK.statistics(outputs, targets))
    assert found["perplexity"] == math.exp(MOST_NATS)
    assert found["loss"] == pytest.approx(1e6, rel=1e-5)


def test_the_loss_is_the_mean_over_tokens_and_smoothing_that_of_torch() -> None:
    outputs, targets = batches()[2]
    each = [torch.nn.functional.cross_entropy(outputs[:, place], targets[:, place]) for place in range(6)]
    torch.testing.assert_close(TASK.loss(outputs, targets), torch.stack(each).mean())
    torch.testing.assert_close(TASK.training_loss(outputs, targets), TASK.loss(outputs, targets))
    smooth = torch.nn.CrossEntropyLoss(label_smoothing=0.1)(outputs.transpose(1, 2), targets)
    torch.testing.assert_close(TASK.smoothed(0.1).training_loss(outputs, targets), smooth)
    torch.testing.assert_close(TASK.smoothed(0.1).loss(outputs, targets), TASK.loss(outputs, targets))


def test_several_outputs_say_together_the_mean_of_their_probabilities() -> None:
    generator = torch.Generator().manual_seed(1)
    several = [TASK.example(3, generator)[0] for _ in range(4)]
    together = TASK.averaged(several)
    expected = torch.stack([one.double().softmax(2) for one in several]).mean(0)
    torch.testing.assert_close(together.softmax(2), expected)


@pytest.mark.parametrize(("shape", "classes"), [((3, 4, 4), "ab"), ((6,), "")])
def test_what_is_no_text_is_refused(shape: tuple[int, ...], classes: str) -> None:
    with pytest.raises(ValueError, match="language needs windows of a text with a vocabulary; invented has none"):
        Language.of(Description("invented", shape, tuple(classes)))
