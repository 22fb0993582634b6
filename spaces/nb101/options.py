"""What can be chosen of the networks of NAS-Bench-101, and of its super-net."""

from __future__ import annotations

from typing import ClassVar, Literal

from nasrank.spaces.options import StagedNetworkOptions, StagedSuperNetOptions

FEWEST_CHANNELS = 4
"""As many vertices may feed the output, which share its channels."""


class NasBench101NetworkOptions(StagedNetworkOptions):
    """Those of networks of any space with stages; some cells can be built with fewer channels, too."""

    fewest_channels: ClassVar[int] = FEWEST_CHANNELS


class NasBench101Options(StagedSuperNetOptions):
    """How layers of different widths share weights, and where operations are; see `nasrank.spaces.nb101.supernet`."""

    fewest_channels: ClassVar[int] = FEWEST_CHANNELS

    channel_sharing: Literal["fixed_chunk", "shuffled_chunk", "random_channels", "interpolation", "separate"] = (
        "fixed_chunk"
    )
    """What a narrow vertex uses of a shared kernel: its first channels, a random chunk or random ones drawn anew for
    every cell and step, the kernel interpolated to its width, or weights of its own for every width."""

    operations_on: Literal["nodes", "edges"] = "nodes"
    """Whether vertices have weights, or each edge into one has its own."""
