"""An architecture of Auto-DeepLab: the level of each layer, and the operations of the cell that all layers have."""

from __future__ import annotations

from nasrank.spaces.trellis.net import Net
from nasrank.spaces.trellis.paths import Trellis

TRELLIS = Trellis(layers=6, levels=4, starts=(0, 1))
"""Level 0 has half the resolution of images, and each further one half of that."""

OPERATIONS = ("skip", "conv3", "sep3", "dil3", "avg3")
SKIP, CONV, SEP, DIL, AVG = range(len(OPERATIONS))


class Segmenter(Net):
    """One architecture, see `Net`."""

    trellis = TRELLIS
    names = OPERATIONS
    example = "0-1-1-2-1-0|skip,conv3,sep3,avg3"
