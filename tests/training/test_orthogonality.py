"""The orthogonality of kernels against its definition, and which kernels it is of."""

from __future__ import annotations

import pytest
import torch
from toy import ToySuperNet, gradients, make_step, stream

from nasrank.bench.training.terms import TermContext
from nasrank.bench.training.terms.orthogonality import OrthogonalityTerm, distance_from_orthogonal


def term(coefficient=1.0):
    return OrthogonalityTerm(OrthogonalityTerm.Settings(coefficient=coefficient), TermContext(stream()))


def random_kernel(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(4, 2, 3, 3), (4, 4), (8, 3, 1, 1)], ids=str)
def test_orthonormal_filters_are_at_distance_zero_and_scaled_ones_are_not(shape):
    kernel = torch.nn.init.orthogonal_(torch.empty(shape, dtype=torch.float64))
    assert distance_from_orthogonal(kernel).item() == pytest.approx(0, abs=1e-20)
    sides = min(shape[0], kernel[0].numel())
    assert distance_from_orthogonal(2 * kernel).item() == pytest.approx(9 * sides), "each length of 4 should be 1"


@pytest.mark.parametrize("shape", [(3, 2, 3, 3), (6, 2, 1, 1)], ids=["flat", "tall"])
def test_the_gradient_is_that_of_the_definition(shape):
    """4 (W W' - I) W, of the matrix with no more rows than columns."""
    kernel = random_kernel(*shape).requires_grad_()
    distance_from_orthogonal(kernel).backward()
    matrix = kernel.detach().flatten(1)
    matrix = matrix if shape[0] <= matrix.shape[1] else matrix.T
    expected = 4 * (matrix @ matrix.T - torch.eye(len(matrix))) @ matrix
    expected = expected if shape[0] <= kernel[0].numel() else expected.T
    torch.testing.assert_close(kernel.grad.flatten(1), expected)


def test_kernels_on_the_path_share_the_term_and_others_and_biases_rest():
    supernet = ToySuperNet()
    step = make_step(supernet)
    step.loss([0, 1, 2]).backward()
    before = gradients(supernet)
    one = term(coefficient=3.0)
    one.accumulate(step)
    after = gradients(supernet)
    assert after.keys() == before.keys()
    kernels = [name for name in before if name.endswith("weight")]
    assert len(kernels) == 4
    weights, distances = dict(supernet.named_parameters()), []
    for name in before:
        if name not in kernels:
            assert torch.equal(after[name], before[name])
            continue
        copy = weights[name].detach().clone().requires_grad_()
        distance = distance_from_orthogonal(copy)
        distance.backward()
        torch.testing.assert_close(after[name] - before[name], 3 * copy.grad / 4, atol=1e-5, rtol=1e-4)
        distances.append(distance.item())
    assert one.record() == {"distance": pytest.approx(sum(distances) / 4)}
    assert one.record() == {}


def test_before_anything_has_a_gradient_there_is_nothing_to_do():
    supernet, one = ToySuperNet(), term()
    one.accumulate(make_step(supernet))
    assert gradients(supernet) == {}
    assert one.record() == {}


@pytest.mark.slow
def test_descent_makes_kernels_orthogonal():
    supernet, one = ToySuperNet(), term()
    distances = []
    for _ in range(200):
        step = make_step(supernet)
        supernet.zero_grad()
        (0 * step.loss([0, 1, 2])).backward()
        one.accumulate(step)
        distances.append(one.record()["distance"])
        with torch.no_grad():
            for weights in supernet.parameters():
                if weights.grad is not None:
                    weights -= 0.05 * weights.grad
    assert distances[-1] < 1e-3 * distances[0]
