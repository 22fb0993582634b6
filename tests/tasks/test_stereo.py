"""Scores of stereo matching, by numpy and by torch's own loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nasrank.bench.data import Description
from nasrank.bench.data.description import UNKNOWN
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.tasks.stereo import Stereo

PAIRS = Description("pairs", (6, 5, 4), (), "stereo pairs")
TASK = Stereo.of(PAIRS)


def batches() -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return [TASK.example(size, generator) for size in (4, 1, 9)]


def scores_of(*some: tuple[torch.Tensor, torch.Tensor]) -> dict[str, float]:
    return TASK.scores(torch.stack([TASK.statistics(*one) for one in some]).sum(0))


def test_scores_are_means_over_all_pixels_that_count_and_not_those_of_batches() -> None:
    told, true = (np.concatenate([one[part].numpy().ravel() for one in batches()]) for part in (0, 1))
    errors = np.abs(told - true)[true > 0].astype(np.float64)
    assert 0.05 < np.mean(true == 0) < 0.3
    found = scores_of(*batches())
    assert found["end_point_error"] == pytest.approx(errors.mean())
    assert found["bad_2"] == pytest.approx(np.mean(errors > 2))
    assert found["loss"] == pytest.approx(np.where(errors < 1, errors**2 / 2, errors - 0.5).mean())
    each = [scores_of(one)["end_point_error"] for one in batches()]
    assert abs(found["end_point_error"] - np.mean(each)) > 1e-3


def test_a_constant_is_off_by_the_mean_absolute_deviation() -> None:
    _, targets = batches()[2]
    known = targets[targets != UNKNOWN].double()
    found = scores_of((torch.full_like(targets, 7.0), targets))
    assert found["end_point_error"] == pytest.approx(float((known - 7).abs().mean()))


def test_two_pixels_off_are_not_bad_and_more_are() -> None:
    targets = torch.full((1, 5, 4), 10.0)
    told = targets.clone()
    told[0, 0] = torch.tensor([12.0, 8.0, 12.5, 7.5])
    found = scores_of((told, targets))
    assert found["bad_2"] == pytest.approx(2 / 20)
    assert found["end_point_error"] == pytest.approx((2 + 2 + 2.5 + 2.5) / 20)


def test_pixels_that_do_not_count_change_nothing() -> None:
    outputs, targets = batches()[2]
    changed = torch.where(targets == UNKNOWN, outputs + 100, outputs)
    assert scores_of((changed, targets)) == pytest.approx(scores_of((outputs, targets)))
    torch.testing.assert_close(TASK.loss(changed, targets), TASK.loss(outputs, targets))


def test_the_loss_is_that_of_torch_over_the_pixels_that_count() -> None:
    outputs, targets = batches()[0]
    known = targets != UNKNOWN
    torch.testing.assert_close(TASK.loss(outputs, targets), torch.nn.SmoothL1Loss()(outputs[known], targets[known]))


def test_samples_without_any_disparity_have_no_scores_and_no_gradient() -> None:
    outputs, targets = batches()[0]
    outputs.requires_grad_()
    nothing = torch.full_like(targets, UNKNOWN)
    loss = TASK.loss(outputs, nothing)
    loss.backward()
    assert loss.item() == 0
    assert not outputs.grad.any()
    with pytest.raises(ValueError, match="no pixel of these samples has a disparity"):
        scores_of((outputs.detach(), nothing))
    assert math.isfinite(scores_of((outputs.detach(), nothing), batches()[1])["bad_2"]), "others beside them do"


def test_the_task_and_the_data_must_fit() -> None:
    with pytest.raises(ValueError, match="stereo needs pairs of images with disparities; digits has none"):
        Stereo.of(Description("digits", (1, 8, 8), tuple("0123456789")))
    with pytest.raises(ValueError, match="classification needs a data set with classes; pairs has none"):
        Classification.of(PAIRS)
    with pytest.raises(ValueError, match="cannot be smoothed"):
        TASK.smoothed(0.1)
