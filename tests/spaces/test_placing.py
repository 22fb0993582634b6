"""Soft paths where the images are: the same numbers, the same gradients, and none for what is not used."""

from __future__ import annotations

import pytest
import torch

from nasrank.spaces.nb101.shared_layers import averaged, averaged_by_products, on_device
from nasrank.spaces.placing import _Placed, placed, together

CPU = torch.device("cpu")


def vectors():
    stream = torch.Generator().manual_seed(0)
    return [torch.randn(size, generator=stream).requires_grad_() for size in (3, 1, 5)]


def test_what_is_there_stays_as_it_is():
    own = vectors()
    assert all(one is other for one, other in zip(own, placed(own, CPU), strict=True))


def test_copies_are_of_the_same_shapes_and_numbers():
    mixed = [*vectors(), torch.tensor(2.5)]
    for one, other in zip(mixed, together(mixed, CPU), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_gradients_come_back_as_they_would_without_copies():
    own, plain = vectors(), vectors()
    copies = _Placed.apply(CPU, *own)
    for first, _, third in (copies, plain):
        ((first.exp() * third[1:4]).sum() + third[0] * third[4]).backward()
    for one, other in zip(own, plain, strict=True):
        assert (one.grad is None) == (other.grad is None)
        assert one.grad is None or torch.equal(one.grad, other.grad)
    assert own[1].grad is None, "nothing was computed of it"


def test_what_needs_no_gradient_has_none_on_the_device_either():
    constant = [one.detach() for one in vectors()]
    assert not any(copy.requires_grad for copy in _Placed.apply(CPU, *constant))


@pytest.mark.parametrize(("outputs", "inputs"), [(3, 5), (8, 6), (1, 1), (8, 8)])
def test_the_deterministic_average_of_a_kernel_is_the_pools(outputs, inputs):
    kernels = [
        torch.randn(8, 8, 3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64).requires_grad_()
        for _ in range(2)
    ]
    results = averaged(kernels[0], outputs, inputs), averaged_by_products(kernels[1], outputs, inputs)
    torch.testing.assert_close(*results)
    for result in results:
        result.square().sum().backward()
    torch.testing.assert_close(*(kernel.grad for kernel in kernels))


def test_drawn_channels_go_to_the_device_together():
    longest = torch.tensor([4, 1, 3])
    found = on_device({3: longest, 2: longest[:2]}, torch.device("meta"))
    assert {width: (one.device.type, one.shape) for width, one in found.items()} == {
        3: ("meta", (3,)),
        2: ("meta", (2,)),
    }
    slices = {2: slice(1, 3), 1: slice(1, 2)}
    assert on_device(slices, torch.device("meta")) is slices
