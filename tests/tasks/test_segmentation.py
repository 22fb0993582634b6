"""Scores of segmentation, by their definitions and by torchmetrics."""

from __future__ import annotations

import math

import pytest
import torch
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score, MulticlassJaccardIndex

from nasrank.bench.data import Description
from nasrank.bench.data.description import BACKGROUND, VOID
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.tasks.segmentation import Segmentation

CLASSES = tuple("abcde")
TASK = Segmentation.of(Description("scenes", (3, 6, 4), CLASSES, "segmented images"))


def batches(task: Segmentation = TASK) -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return [task.example(size, generator) for size in (4, 1, 9)]


def scores_of(*some: tuple[torch.Tensor, torch.Tensor], task: Segmentation = TASK) -> dict[str, float]:
    return task.scores(torch.stack([task.statistics(*one) for one in some]).sum(0))


def told(classes: torch.Tensor, task: Segmentation = TASK) -> torch.Tensor:
    """Outputs that say so."""
    return 50.0 * torch.nn.functional.one_hot(classes, len(task.classes)).movedim(-1, 1).double()


@pytest.mark.parametrize(
    ("score", "metric"),
    [
        ("mean_iou", MulticlassJaccardIndex(5, average="macro", ignore_index=VOID)),
        ("mean_dice", MulticlassF1Score(5, average="macro", ignore_index=VOID)),
        ("pixel_accuracy", MulticlassAccuracy(5, average="micro", ignore_index=VOID)),
    ],
)
def test_scores_are_those_of_torchmetrics_over_all_batches(score, metric) -> None:
    for outputs, targets in batches():
        metric.update(outputs, targets)
    assert scores_of(*batches())[score] == pytest.approx(float(metric.compute()), rel=1e-6)


def test_the_mean_iou_is_no_mean_of_those_of_batches() -> None:
    each = [scores_of(one)["mean_iou"] for one in batches()]
    assert abs(scores_of(*batches())["mean_iou"] - sum(each) / len(each)) > 1e-3


def test_two_classes_by_hand() -> None:
    """Of four pixels of a, three are told, and one pixel of b is taken for it; no other class is about."""
    targets = torch.zeros(1, 6, 4, dtype=torch.int64) + VOID
    targets[0, 0] = torch.tensor([0, 0, 0, 0])
    targets[0, 1] = torch.tensor([1, 1, VOID, VOID])
    said = torch.zeros(1, 6, 4, dtype=torch.int64)
    said[0, 0, 3], said[0, 1, 1] = 1, 1
    found = scores_of((told(said), targets))
    assert found["mean_iou"] == pytest.approx((3 / 5 + 1 / 3) / 2)
    assert found["mean_dice"] == pytest.approx((6 / 8 + 2 / 4) / 2)
    assert found["pixel_accuracy"] == pytest.approx(4 / 6)


def test_who_is_always_right_has_one_and_a_loss_of_zero() -> None:
    _, targets = batches()[0]
    found = scores_of((told(targets.clamp(min=0)), targets))
    assert found == pytest.approx({"mean_iou": 1.0, "mean_dice": 1.0, "pixel_accuracy": 1.0, "loss": 0.0}, abs=1e-9)


def test_a_class_that_is_neither_there_nor_told_does_not_count() -> None:
    targets = torch.full((1, 6, 4), 2)
    assert scores_of((told(targets), targets))["mean_iou"] == 1.0
    wrong = targets.clone()
    wrong[0, 0, 0] = 4
    assert scores_of((told(wrong), targets))["mean_iou"] == pytest.approx((23 / 24 + 0) / 2), "one that is told does"


def test_the_background_is_told_but_not_counted() -> None:
    task = Segmentation.of(Description("brain", (1, 6, 4), (BACKGROUND, "grey", "white"), "segmented images"))
    targets = torch.zeros(1, 6, 4, dtype=torch.int64)
    targets[0, 0], targets[0, 1] = 1, 2
    said = targets.clone()
    said[0, 1] = 0
    found = scores_of((told(said, task), targets), task=task)
    assert found["mean_dice"] == pytest.approx(0.5), "all of grey, and none of white"
    assert found["pixel_accuracy"] == pytest.approx(20 / 24)
    nothing = torch.zeros(1, 6, 4, dtype=torch.int64)
    assert scores_of((told(nothing, task), nothing), task=task)["mean_iou"] == 1.0


def test_pixels_without_a_class_count_nowhere() -> None:
    outputs, targets = batches()[2]
    changed = torch.where((targets == VOID)[:, None], -outputs, outputs)
    assert scores_of((changed, targets)) == pytest.approx(scores_of((outputs, targets)))
    torch.testing.assert_close(TASK.loss(changed, targets), TASK.loss(outputs, targets))


def test_samples_without_any_class_have_no_scores_and_no_gradient() -> None:
    outputs, targets = batches()[0]
    outputs.requires_grad_()
    targets = torch.full_like(targets, VOID)
    loss = TASK.loss(outputs, targets)
    loss.backward()
    assert loss.item() == 0
    assert not outputs.grad.any()
    with pytest.raises(ValueError, match="no pixel of these samples has a class"):
        scores_of((outputs.detach(), targets))
    assert math.isfinite(scores_of((outputs.detach(), targets), batches()[1])["mean_iou"]), "others beside them do"


def test_the_loss_is_the_mean_over_pixels_with_a_class_and_smoothing_that_of_torch() -> None:
    outputs, targets = batches()[2]
    torch.testing.assert_close(
        TASK.loss(outputs, targets), torch.nn.CrossEntropyLoss(ignore_index=VOID)(outputs, targets)
    )
    torch.testing.assert_close(TASK.training_loss(outputs, targets), TASK.loss(outputs, targets))
    smooth = torch.nn.CrossEntropyLoss(ignore_index=VOID, label_smoothing=0.1)(outputs, targets)
    torch.testing.assert_close(TASK.smoothed(0.1).training_loss(outputs, targets), smooth)
    torch.testing.assert_close(TASK.smoothed(0.1).loss(outputs, targets), TASK.loss(outputs, targets))


def test_the_task_and_the_data_must_fit() -> None:
    with pytest.raises(ValueError, match="segmentation needs images with a class for each pixel; digits has none"):
        Segmentation.of(Description("digits", (1, 8, 8), tuple("0123456789")))
    with pytest.raises(ValueError, match="classification needs one class a sample; scenes has one a pixel"):
        Classification.of(Description("scenes", (3, 6, 4), CLASSES, "segmented images"))
