"""What can be chosen of the super-net of NAS-Bench-101."""

from __future__ import annotations

from typing import ClassVar, Literal

from nasrank.spaces.options import SuperNetOptions


class NasBench101Options(SuperNetOptions):
    """How layers of different widths share weights, and where operations are; see `nasrank.spaces.nb101.supernet`."""

    fewest_channels: ClassVar[int] = 4  # as many vertices may feed the output, which share its channels

    channel_sharing: Literal["fixed_chunk", "shuffled_chunk", "random_channels", "interpolation", "separate"] = (
        "fixed_chunk"
    )
    operations_on: Literal["nodes", "edges"] = "nodes"
