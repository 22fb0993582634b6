"""Coordinates of what paths compute, against the definition of linear alignment and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy import stream

from nasrank.bench.scores.activations import Activations, alignment_matrix
from nasrank.spaces import get_space

SPACE = get_space("nb201")


def alignment(one, other):
    """Linear centred kernel alignment by its definition with two outputs `(images, numbers)` [Kornblith2019]."""
    one, other = (part - part.mean(axis=0) for part in (one, other))
    return np.linalg.norm(one.T @ other) ** 2 / (np.linalg.norm(one.T @ one) * np.linalg.norm(other.T @ other))


def outputs(count=3, images=12, numbers=5, seed=0):
    return torch.from_numpy(stream(seed).normal(size=(count, images, numbers)))


@pytest.fixture(scope="module")
def supernet():
    torch.manual_seed(0)
    return SPACE.supernet(channels=4, cells_per_stage=1, classes=6)


@pytest.fixture(scope="module")
def inputs():
    return torch.from_numpy(stream(1).normal(size=(20, 3, 8, 8)).astype(np.float32))


def paths(count, seed):
    return [SPACE.to_choices(cell) for cell in SPACE.sample(stream(seed), count)]


def entering(supernet, inputs, path):
    """What enters the classifier, by a hook of its own."""
    kept = []
    hook = supernet.classifier.register_forward_hook(lambda module, inputs, outputs: kept.append(inputs[0]))
    with torch.no_grad():
        supernet.eval()(inputs, path)
    hook.remove()
    return kept[0].double().numpy()


def test_a_super_net_without_a_linear_classifier_is_looked_at_behind_it(inputs):
    class Other(type(SPACE.supernet(channels=4, cells_per_stage=1, classes=6))):
        def head(self, features):
            return self.last(super().head(features))

    torch.manual_seed(0)
    other = SPACE.supernet(channels=4, cells_per_stage=1, classes=6)
    other.__class__, classifier = Other, other.classifier
    other.last, other.classifier = classifier, torch.nn.Identity()
    references = paths(14, seed=3)
    found = Activations(other, inputs, references, 13).coordinates(references)
    with torch.no_grad():
        one, two = (alignment_matrix(other.eval()(inputs, path)) for path in references[:2])
    assert np.linalg.norm(found[0] - found[1]) == pytest.approx(float((one - two).norm()), abs=1e-6)


def test_no_hook_stays(supernet, inputs):
    Activations(supernet, inputs, paths(10, seed=3), 2)
    assert not supernet.classifier._forward_pre_hooks


def test_inner_products_are_alignments():
    for one, other in zip(outputs(), outputs(seed=1), strict=True):
        found = float((alignment_matrix(one) * alignment_matrix(other)).sum())
        assert found == pytest.approx(alignment(one.numpy(), other.numpy()), abs=1e-12)


def test_a_rotation_a_scale_and_a_shift_change_nothing():
    (one,) = outputs(1)
    turn = torch.linalg.qr(outputs(1, 5, 5, seed=2)[0])[0]
    torch.testing.assert_close(alignment_matrix(3.0 * one @ turn + 7.0), alignment_matrix(one))


def test_what_gives_the_same_for_every_image_is_aligned_with_nothing():
    for level in (0.0, 0.1, 1e6):
        assert not alignment_matrix(torch.full((9, 4), level)).any()
    noise = torch.full((9, 4), 0.3) + 1e-8 * torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    assert not alignment_matrix(noise).any(), "rounding in single precision"


def test_with_every_direction_distances_are_those_of_alignments(supernet, inputs):
    """Square 2 - 2 alignments, of references themselves."""
    references = paths(14, seed=3)
    sight = Activations(supernet, inputs, references, 13)
    found = sight.coordinates(references)
    computed = [entering(supernet, inputs, path) for path in references]
    for i in range(14):
        for j in range(i):
            expected = np.linalg.norm(
                alignment_matrix(torch.from_numpy(computed[i])) - alignment_matrix(torch.from_numpy(computed[j]))
            )
            assert np.linalg.norm(found[i] - found[j]) == pytest.approx(expected, abs=1e-6)
            if all(np.ptp(one, axis=0).any() for one in (computed[i], computed[j])):
                assert expected**2 == pytest.approx(2 - 2 * alignment(computed[i], computed[j]), abs=1e-6)


@pytest.mark.slow
def test_the_first_directions_are_those_of_largest_variance_over_the_references(supernet, inputs):
    references = paths(30, seed=3)
    few, many = (Activations(supernet, inputs, references, size).coordinates(references) for size in (3, 8))
    np.testing.assert_allclose(many[:, :3], few, atol=1e-9)
    np.testing.assert_allclose(many.mean(axis=0), 0, atol=1e-9)
    assert (np.diff(many.var(axis=0)) <= 1e-12).all()
    off = many.T @ many - np.diag((many**2).sum(axis=0))
    np.testing.assert_allclose(off, 0, atol=1e-9)


@pytest.mark.slow
def test_a_path_has_its_coordinates_whatever_is_asked_with_it(supernet, inputs):
    sight, asked = Activations(supernet, inputs, paths(30, seed=3), 4), paths(150, seed=4)
    every = sight.coordinates(asked)
    assert every.shape == (150, 4)
    order = stream(5).permutation(150)
    np.testing.assert_allclose(sight.coordinates([asked[place] for place in order]), every[order], atol=1e-6)
    np.testing.assert_allclose(sight.coordinates(asked[7:8]), every[7:8], atol=1e-6)
    assert sight.coordinates([]).shape == (0, 4)


def test_the_super_net_is_left_in_the_mode_it_came_in(supernet, inputs):
    for mode in (True, False):
        supernet.train(mode)
        before = {name: value.clone() for name, value in supernet.state_dict().items()}
        Activations(supernet, inputs, paths(10, seed=3), 2).coordinates(paths(3, seed=4))
        assert supernet.training is mode
        assert all(torch.equal(value, before[name]) for name, value in supernet.state_dict().items())


@pytest.mark.parametrize(
    ("images", "references", "size", "message"),
    [
        (1, 10, 2, "two images or more, not 1"),
        (8, 4, 4, "4 directions need more references than 4"),
        (8, 4, 0, "0 directions"),
    ],
)
def test_what_is_refused(supernet, inputs, images, references, size, message):
    with pytest.raises(ValueError, match=message):
        Activations(supernet, inputs[:images], paths(references, seed=3), size)
