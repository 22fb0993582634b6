"""The smallest networks and super-nets of every registered space that its conformance tests build."""

from __future__ import annotations

from nasrank.spaces.options import StagedNetworkOptions

STAGED = {"channels": 6, "cells_per_stage": 1}


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
    return own | {name: value for name, value in ({**STAGED, **channels}).items() if name in own}


def trains(strategy, space):
    """Whether a study may train a space with a strategy: mixtures, classes and parts of channels are not everywhere."""
    needed = strategy.supernet_options.get("partial_channels", 1)
    try:
        strategy.refuse(space)
        space.options.model_validate(_small(space.options, channels=needed)).refuse_channels(needed, "")
    except ValueError:
        return False
    return True
