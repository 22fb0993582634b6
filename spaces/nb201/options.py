"""What can be chosen of the super-net of NAS-Bench-201 besides what every super-net has."""

from __future__ import annotations

from typing import Literal

from nasrank.spaces.options import StagedSuperNetOptions


class NasBench201Options(StagedSuperNetOptions):
    """How images enter; see `nasrank.spaces.nb201.supernet`."""

    stem_stride: Literal[1, 2] = 1
    """Of the convolution that images enter by: 2 halves their resolution, rounded up, in all that follows, so that a
    pass takes a quarter of the compute. Stand-alone networks of the benchmark have 1."""
