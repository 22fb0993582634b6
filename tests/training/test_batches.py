"""Endless shuffled batches of a split in memory."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from nasrank.bench.training.batches import EndlessBatches


def numbered(size):
    """Image i is filled with i and has target i."""
    return torch.arange(float(size))[:, None, None, None].expand(size, 1, 2, 2).clone(), torch.arange(size)


def draw(size, batch_size, count, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    return list(islice(EndlessBatches(*numbered(size), batch_size, generator, **options), count))


def test_an_epoch_shows_every_image_once_but_for_the_last_incomplete_batch():
    batches = draw(23, 5, 8)
    for epoch in (batches[:4], batches[4:]):
        targets = torch.cat([targets for _, targets in epoch]).tolist()
        assert len(set(targets)) == 20
    assert not torch.equal(batches[0][1], batches[4][1]), "epochs are shuffled anew"


def test_images_keep_their_targets():
    for images, targets in draw(23, 5, 9):
        assert images.shape == (5, 1, 2, 2)
        assert torch.equal(images[:, 0, 0, 0], targets.float())


def test_the_seed_decides_the_order():
    one, two, other = (torch.cat([targets for _, targets in draw(50, 5, 10, seed)]) for seed in (0, 0, 1))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_augmentation_is_fed_from_the_same_stream_and_never_changes_the_split():
    def add_noise(images, targets, generator):
        return images + torch.rand(images.shape, generator=generator), targets

    images, targets = numbered(20)
    found = list(islice(EndlessBatches(images, targets, 5, torch.Generator().manual_seed(0), add_noise), 6))
    again = list(islice(EndlessBatches(images, targets, 5, torch.Generator().manual_seed(0), add_noise), 6))
    for (one, _), (two, _) in zip(found, again, strict=True):
        assert torch.equal(one, two)
    assert all((batch.floor()[:, 0, 0, 0] == labels).all() for batch, labels in found)
    assert torch.equal(images, numbered(20)[0])


def test_a_split_smaller_than_a_batch_is_refused():
    with pytest.raises(ValueError, match="a split of 4 samples has no batch of 5"):
        draw(4, 5, 1)


def test_batches_keep_the_layout_of_the_split():
    """Indexing a channels-last split gives channels-last batches; training depends on it for its speed."""
    images = torch.randn(30, 3, 8, 8).contiguous(memory_format=torch.channels_last)
    batch, _ = next(EndlessBatches(images, torch.zeros(30), 10, torch.Generator().manual_seed(0)))
    assert batch.is_contiguous(memory_format=torch.channels_last)
