"""The smallest networks and super-nets of every registered space that its conformance tests build."""

from __future__ import annotations

import torch

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.tasks.language import Language
from nasrank.bench.tasks.segmentation import Segmentation
from nasrank.bench.tasks.stereo import Stereo
from nasrank.spaces.data_kinds import DATA_KINDS
from nasrank.spaces.options import StagedNetworkOptions

STAGED = {"channels": 6, "cells_per_stage": 1}


VOCABULARY, LENGTH = 50, 8


def inputs_of(space, samples, *, generator=None, dtype=None, size=8):
    """Random inputs of networks that have the default sizes."""
    views = DATA_KINDS[space.inputs].views
    if not views:
        return torch.randint(VOCABULARY, (samples, size), generator=generator)
    return torch.randn(samples, 3 * views, size, size, generator=generator, dtype=dtype)


def batch_of(space, samples, seed, told, *, size=8):
    """Random inputs of so many classes or tokens, and targets."""
    generator = torch.Generator().manual_seed(seed)
    if space.inputs == "text":
        inputs, targets = torch.randint(told, (2, samples, size), generator=generator).unbind()
        return inputs, targets
    inputs = inputs_of(space, samples, generator=generator, size=size)
    if space.inputs == "stereo pairs":
        return inputs, 4 * torch.rand(samples, size, size, generator=generator)
    of_targets = (samples, size, size) if space.inputs == "segmented images" else (samples,)
    return inputs, torch.randint(told, of_targets, generator=generator)


def task_of(space, told, *, size=8):
    """What is learned from such a batch."""
    if space.inputs == "segmented images":
        return Segmentation(tuple(map(str, range(told))), (size, size))
    if space.inputs == "stereo pairs":
        return Stereo((size, size))
    return Language(told, size) if space.inputs == "text" else Classification(told)


def told_apart(space, outputs):
    """Keywords of a network that tells so many classes or tokens apart; disparities are not told apart."""
    return {name: outputs for name in ("classes", "tokens") if name in DATA_KINDS[space.inputs].network_sizes}


def outputs_of(space, inputs, outputs):
    """The shape of what it says."""
    return (len(inputs), *DATA_KINDS[space.inputs].outputs(tuple(inputs.shape[1:]), outputs))


def small_network(space):
    """Keywords of its `network` and its `cost`."""
    return _small(space.network_options)


def small_supernet(space, **channels):
    """Keywords of its `supernet`; those that say how many channels there are can have others."""
    return _small(space.options, **channels)


def _small(options, **channels):
    if issubclass(options, StagedNetworkOptions):
        return {**STAGED, **channels}
    own = {name: value for name, value in options.smallest().arguments.items() if name not in ("affine", "tracked")}
    usual = {name: options.model_fields[name].default for name in STAGED if name in own}
    staged = {name: STAGED[name] if STAGED[name] < default else default // 2 for name, default in usual.items()}
    return own | staged | {name: value for name, value in channels.items() if name in own}


def trains(strategy, space):
    """Whether a study may train a space with a strategy: mixtures, classes and parts of channels are not everywhere."""
    needed = strategy.supernet_options.get("partial_channels", 1)
    try:
        strategy.refuse(space)
        space.options.model_validate(_small(space.options, channels=needed)).refuse_channels(needed, "")
    except ValueError:
        return False
    return True


def normalizes(space):
    """Whether there is a normalization, which may have an affine part and running statistics."""
    try:
        space.options.model_validate({**small_supernet(space), "affine": True})
    except ValueError:
        return False
    return True
