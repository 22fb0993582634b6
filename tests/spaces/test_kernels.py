"""Fast layers have the values and the gradients of torch's own, in every layout, type and size."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.spaces.kernels import FEW_NUMBERS, average_pool, normalized, packed, pointwise

SHAPES = [
    (64, 8, 16, 16),
    (64, 16, 16, 16),
    (32, 4, 32, 32),
    (130, 64, 5, 4),
    (3, 5, 7, 6),
    (64, 8, 9, 31),
    (2, 1, 1, 3),
]
LAYOUTS = [torch.channels_last, torch.contiguous_format]


def images_of(shape: tuple[int, ...], layout: torch.memory_format, dtype: torch.dtype = torch.float32) -> Tensor:
    stream = torch.Generator().manual_seed(0)
    return (2 * torch.randn(shape, generator=stream) + 3).to(dtype).contiguous(memory_format=layout)


def with_gradients(function, *inputs: Tensor) -> list[Tensor]:
    """What it puts out, and the gradients of one random sum of that."""
    leaves = [one.detach().requires_grad_() for one in inputs]
    output = function(*leaves)
    towards = torch.randn(output.shape, generator=torch.Generator().manual_seed(1)).to(output.dtype)
    return [output.detach(), *torch.autograd.grad((output * towards).sum(), leaves)]


def assert_near(ours: list[Tensor], exact: list[Tensor]) -> None:
    for mine, right in zip(ours, exact, strict=True):
        scale = float(right.abs().max()) or 1.0
        assert float((mine.double() - right).abs().max()) < 2e-5 * scale


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
class TestEveryShape:
    def test_the_average_pool(self, shape, layout):
        def exact(images: Tensor) -> Tensor:
            return F.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)

        images = images_of(shape, layout)
        assert_near(with_gradients(average_pool, images), with_gradients(exact, images.double()))

    @pytest.mark.parametrize("outputs", [1, 8, 32])
    def test_the_pointwise_convolution(self, shape, layout, outputs):
        images = images_of(shape, layout)
        weight = torch.randn(outputs, shape[1], 1, 1, generator=torch.Generator().manual_seed(2))
        exact = with_gradients(F.conv2d, images.double(), weight.double())
        assert_near(with_gradients(pointwise, images, weight), exact)

    @pytest.mark.parametrize("affine", [False, True])
    def test_the_normalization(self, shape, layout, affine):
        images, stream = images_of(shape, layout), torch.Generator().manual_seed(3)
        scale, shift = torch.randn(2, shape[1], generator=stream)
        given = (scale, shift) if affine else (None, None)
        double = [None if one is None else one.double() for one in given]
        exact = F.batch_norm(images.double(), None, None, *double, training=True, eps=1e-5)
        with torch.no_grad():
            without = normalized(images, *given, 1e-5)
        assert_near([without, normalized(images, *given, 1e-5)], [exact, exact])


def test_in_the_layout_of_the_images():
    for layout in LAYOUTS:
        images = images_of((64, 8, 16, 16), layout).requires_grad_()
        output = average_pool(images)
        (gradient,) = torch.autograd.grad(output.sum(), images)
        assert output.is_contiguous(memory_format=layout)
        assert gradient.is_contiguous(memory_format=layout)
        with torch.inference_mode():
            assert normalized(images, None, None, 1e-5).is_contiguous(memory_format=layout)


def test_large_images_take_the_fast_way_and_small_ones_do_not():
    large, small = images_of((64, 8, 16, 16), torch.channels_last), images_of((2, 8, 4, 4), torch.channels_last)
    assert large.numel() >= FEW_NUMBERS > small.numel()
    names = [type(average_pool(images.requires_grad_()).grad_fn).__name__ for images in (large, small)]
    assert names == ["_AveragePoolBackward", "AvgPool2DBackward0"]


def test_other_precisions_are_left_to_torch():
    assert packed(images_of((64, 8, 16, 16), torch.channels_last))
    assert not packed(images_of((64, 8, 16, 16), torch.channels_last, torch.float64))
    assert not packed(images_of((64, 8, 16, 16), torch.contiguous_format))
    with torch.autocast("cpu", torch.bfloat16):
        assert not packed(images_of((64, 8, 16, 16), torch.channels_last))
    double = images_of((64, 8, 16, 16), torch.channels_last, torch.float64)
    assert torch.equal(average_pool(double), F.avg_pool2d(double, 3, stride=1, padding=1, count_include_pad=False))


def test_what_scoring_asked_for_first_serves_training_too():
    """Constants made where no gradients are recorded would not be allowed to take part where some are."""
    weight, images = torch.randn(4, 2, 1, 1, requires_grad=True), images_of((8, 2, 4, 4), torch.channels_last)
    with torch.inference_mode():
        pointwise(images, weight)
        average_pool(images_of((64, 8, 19, 16), torch.channels_last))
    pointwise(images.clone(), weight).sum().backward()
    average_pool(images_of((64, 8, 19, 16), torch.channels_last).requires_grad_()).sum().backward()
    assert weight.grad is not None
