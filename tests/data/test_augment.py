from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nasrank.bench.data.images.augment import Augmentation

LAYOUTS = (torch.contiguous_format, torch.channels_last)


def batch(count: int = 64, channels: int = 3, size: int = 6) -> Tensor:
    return torch.randn(count, channels, size, size, generator=torch.Generator().manual_seed(5))


def candidates(image: Tensor, padding: int) -> list[tuple[tuple[int, int, bool], Tensor]]:
    """Every crop of the padded image, as it is and mirrored, by plain slicing."""
    channels, height, width = image.shape
    padded = torch.zeros(channels, height + 2 * padding, width + 2 * padding, dtype=image.dtype)
    padded[:, padding : padding + height, padding : padding + width] = image
    crops = []
    for down in range(2 * padding + 1):
        for right in range(2 * padding + 1):
            crop = padded[:, down : down + height, right : right + width]
            crops += [((down, right, False), crop), ((down, right, True), crop.flip(-1))]
    return crops


def found(images: Tensor, augmented: Tensor, padding: int) -> set[tuple[int, int, bool]]:
    """Which crops were taken; fails when an augmented image is none of its image's."""
    taken = set()
    for image, result in zip(images, augmented, strict=True):
        matches = [name for name, crop in candidates(image, padding) if torch.equal(crop, result)]
        assert len(matches) == 1
        taken.add(matches[0])
    return taken


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_image_becomes_a_crop_of_itself_and_every_crop_occurs(layout: torch.memory_format):
    images = batch(400)
    augmented = Augmentation(padding=1, flip=True).of_images(
        images.contiguous(memory_format=layout), torch.Generator().manual_seed(0)
    )
    assert len(found(images, augmented, padding=1)) == 3 * 3 * 2


def test_without_flip_nothing_is_mirrored():
    images = batch(200)
    taken = found(
        images, Augmentation(padding=2, flip=False).of_images(images, torch.Generator().manual_seed(0)), padding=2
    )
    assert not any(mirrored for _, _, mirrored in taken)
    assert len(taken) == 25


def test_neither_padding_nor_flip_changes_nothing():
    images = batch()
    assert torch.equal(Augmentation(padding=0, flip=False).of_images(images, torch.Generator().manual_seed(0)), images)


def test_flip_alone_mirrors_about_half():
    images = batch(400)
    augmented = Augmentation(padding=0, flip=True).of_images(images, torch.Generator().manual_seed(0))
    mirrored = sum(torch.equal(image.flip(-1), result) for image, result in zip(images, augmented, strict=True))
    assert 160 < mirrored < 240
    assert len(found(images, augmented, padding=0)) == 2


def test_it_follows_the_generator_and_not_the_layout():
    augmentation = Augmentation(padding=2, flip=True)
    images = batch()
    results = [
        augmentation.of_images(images.contiguous(memory_format=layout), torch.Generator().manual_seed(seed))
        for layout, seed in ((LAYOUTS[0], 1), (LAYOUTS[1], 1), (LAYOUTS[0], 2))
    ]
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_shape_type_and_layout_stay(layout: torch.memory_format, channels: int):
    images = batch(channels=channels).to(torch.float64).contiguous(memory_format=layout)
    augmented = Augmentation(padding=2, flip=True).of_images(images, torch.Generator().manual_seed(0))
    assert (augmented.shape, augmented.dtype) == (images.shape, images.dtype)
    assert augmented.is_contiguous(memory_format=layout)


def test_images_that_are_not_square():
    images = torch.randn(30, 2, 4, 7)
    augmented = Augmentation(padding=1, flip=True).of_images(images, torch.Generator().manual_seed(0))
    found(images, augmented, padding=1)


def test_negative_padding_is_refused():
    with pytest.raises(ValueError, match="padding must not be negative, is -1"):
        Augmentation(padding=-1, flip=False)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_noise_is_added_to_the_crop_that_there_is_without(layout: torch.memory_format):
    images = batch(400).contiguous(memory_format=layout)
    plain = Augmentation(padding=1, flip=True).of_images(images, torch.Generator().manual_seed(3))
    noisy = Augmentation(padding=1, flip=True, noise=0.25).of_images(images, torch.Generator().manual_seed(3))
    noise = (noisy - plain).flatten()
    assert noisy.is_contiguous(memory_format=layout)
    assert abs(float(noise.mean())) < 4 * 0.25 / len(noise) ** 0.5
    assert float(noise.std()) == pytest.approx(0.25, rel=0.02)
    assert float((noise.abs() < 0.25).double().mean()) == pytest.approx(0.6827, abs=0.01), "it is Gaussian"


def test_noise_follows_the_generator_and_not_the_layout():
    augmentation = Augmentation(padding=0, flip=False, noise=0.5)
    images = batch()
    first, second = (
        augmentation.of_images(images.contiguous(memory_format=layout), torch.Generator().manual_seed(1))
        for layout in LAYOUTS
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, augmentation.of_images(images, torch.Generator().manual_seed(2)))
    assert torch.equal(images, batch()), "the images themselves stay"


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf")])
def test_impossible_noise_is_refused(noise: float):
    with pytest.raises(ValueError, match="noise must be a number from 0 on"):
        Augmentation(padding=0, flip=False, noise=noise)
