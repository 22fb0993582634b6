"""Views of images: the image, its mirror image, and both a pixel aside."""

from __future__ import annotations

import pytest
import torch

from nasrank.bench.data import load_dataset
from nasrank.bench.data.images.views import image_views

IMAGES = torch.arange(2 * 3 * 4 * 5, dtype=torch.float32).view(2, 3, 4, 5) + 1
LAYOUTS = [torch.contiguous_format, torch.channels_last]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_first_are_the_image_and_its_mirror_image(layout):
    images = IMAGES.contiguous(memory_format=layout)
    same, mirrored = (view(images) for view in image_views(2, flippable=True))
    assert torch.equal(same, images)
    assert torch.equal(mirrored, torch.flip(images, (3,)))
    assert same.is_contiguous(memory_format=layout)
    assert mirrored.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_others_are_moved_by_a_pixel_and_have_zeros_where_nothing_was(layout):
    images = IMAGES.contiguous(memory_format=layout)
    found = [view(images) for view in image_views(10, flippable=True)]
    down, up, right, left = found[2::2]
    assert torch.equal(down[:, :, 1:], images[:, :, :-1])
    assert torch.equal(up[:, :, :-1], images[:, :, 1:])
    assert torch.equal(right[..., 1:], images[..., :-1])
    assert torch.equal(left[..., :-1], images[..., 1:])
    for moved in (down[:, :, 0], up[:, :, -1], right[..., 0], left[..., -1]):
        assert not moved.any()
    assert len({one.contiguous().numpy().tobytes() for one in found}) == 10
    assert all(one.shape == images.shape and one.is_contiguous(memory_format=layout) for one in found)


def test_images_that_must_not_be_mirrored_have_fewer():
    digits = load_dataset("digits")
    assert not any(view.mirrored for view in digits.views(5))
    with pytest.raises(ValueError, match="views = 6, but these images have 5, as none may be mirrored"):
        digits.views(6)
