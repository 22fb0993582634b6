"""Scores of many paths together equal those of one path at a time, and scoring leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as functional
from toy import CLASSES, random_batch, stream

from nasrank.bench.scores.shared_weights import score_paths, score_recalibrated
from nasrank.bench.tasks.classification import Classification
from nasrank.spaces import get_space

SPACE = get_space("nb201")
TASK = Classification(CLASSES)
IMAGES, TARGETS = random_batch(50, seed=1, shape=(3, 8, 8))
PATHS = [SPACE.to_choices(cell) for cell in SPACE.sample(stream(), 25)]
PATHS += PATHS[:3]  # a path may come up twice


def supernet(**options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return SPACE.supernet(channels=2, cells_per_stage=1, classes=CLASSES, **options)


def one_at_a_time(net, images, targets, path):
    """By definition: the fraction of right classes, and minus the mean cross-entropy."""
    with torch.no_grad():
        outputs = net(images, path).double()
    accuracy = (outputs.argmax(1) == targets).double().mean().item()
    return {"accuracy": accuracy, "negative_loss": -functional.cross_entropy(outputs, targets).item()}


@pytest.mark.parametrize("options", [{}, {"affine": True}, {"tracked": True}], ids=["batch", "affine", "tracked"])
def test_scores_are_those_of_one_path_at_a_time(options):
    net = supernet(**options)
    found = score_paths(net, TASK, IMAGES, TARGETS, PATHS)
    net.eval()
    assert found.keys() == set(TASK.score_names)
    for name, values in found.items():
        assert values.shape == (len(PATHS),)
        expected = [one_at_a_time(net, IMAGES, TARGETS, path)[name] for path in PATHS]
        np.testing.assert_allclose(values, expected, atol=1e-6)


def test_batches_are_near_equal_and_a_score_is_the_mean_over_all_images():
    """50 images in batches of at most 20: 17, 17 and 16, each normalized by its own statistics."""
    net = supernet()
    found = score_paths(net, TASK, IMAGES, TARGETS, PATHS[:6], batch_size=20)
    cuts = [slice(0, 17), slice(17, 34), slice(34, 50)]
    for place, path in enumerate(PATHS[:6]):
        parts = [one_at_a_time(net, IMAGES[cut], TARGETS[cut], path) for cut in cuts]
        for name, values in found.items():
            expected = np.average([part[name] for part in parts], weights=[17, 17, 16])
            assert values[place] == pytest.approx(expected, abs=1e-6)


def test_the_order_and_the_company_of_paths_do_not_matter():
    net = supernet()
    together = score_paths(net, TASK, IMAGES, TARGETS, PATHS)
    order = stream().permutation(len(PATHS))
    shuffled = score_paths(net, TASK, IMAGES, TARGETS, [PATHS[place] for place in order])
    alone = score_paths(net, TASK, IMAGES, TARGETS, PATHS[4:5])
    for name, values in together.items():
        np.testing.assert_allclose(shuffled[name], values[order], atol=1e-6)
        np.testing.assert_allclose(alone[name], values[4:5], atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("options", [{}, {"tracked": True}], ids=["batch", "tracked"])
def test_scoring_leaves_the_mode_the_weights_and_the_statistics(training, options):
    net = supernet(**options).train(training)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    score_paths(net, TASK, IMAGES, TARGETS, PATHS)
    assert all(module.training == training for module in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(weights.grad is None for weights in net.parameters())


def test_a_path_whose_outputs_are_not_finite_has_no_score():
    net = supernet()
    with torch.no_grad():
        net.stages[0][0].conv_3x3[0].conv.weight.fill_(float("nan"))
    broken, sound = (3, 0, 0, 1, 1, 1), (2, 0, 0, 1, 1, 1)
    for values in score_paths(net, TASK, IMAGES, TARGETS, [broken, sound], batch_size=20).values():
        assert np.isnan(values[0])
        assert np.isfinite(values[1])


@pytest.mark.slow
@pytest.mark.parametrize("training", [True, False])
def test_recalibrated_scores_use_the_statistics_of_each_path_and_leave_the_mode(training):
    """A regression test: training used to go on in evaluation mode after its first re-calibrated checkpoint."""
    net = supernet(tracked=True).train(training)
    calibration = [random_batch(20, seed=seed, shape=(3, 8, 8))[0] for seed in (5, 6)]
    found = score_recalibrated(net, TASK, IMAGES, TARGETS, PATHS[:5], calibration)
    assert all(module.training == training for module in net.modules())
    for place, path in enumerate(PATHS[:5]):
        fresh = supernet(tracked=True)
        fresh.recalibrate(calibration, path)
        expected = one_at_a_time(fresh, IMAGES, TARGETS, path)
        for name, values in found.items():
            assert values[place] == pytest.approx(expected[name], abs=1e-5)


def test_recalibration_makes_a_path_forget_the_others():
    net = supernet(tracked=True).train()
    for path in PATHS[:10]:
        net(IMAGES, path)
    polluted = score_paths(net, TASK, IMAGES, TARGETS, PATHS[10:15])["negative_loss"]
    recalibrated = score_recalibrated(net, TASK, IMAGES, TARGETS, PATHS[10:15], [IMAGES])["negative_loss"]
    batch = score_paths(supernet(), TASK, IMAGES, TARGETS, PATHS[10:15])["negative_loss"]
    assert np.abs(recalibrated - batch).max() < 0.1 * np.abs(polluted - batch).max()


def test_recalibration_needs_running_statistics():
    with pytest.raises(ValueError, match="batch statistics"):
        score_recalibrated(supernet(), TASK, IMAGES, TARGETS, PATHS[:1], [IMAGES])
