"""What the numbers of a table measure, in which unit, and which end of it is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["higher", "lower", "none"]


@dataclass(frozen=True)
class Quantity:
    """What a number measures.

    Attributes:
        direction: which end is better.
        needs: the axes without which a number of it is nothing definite.
        called: what reports call it, where that is not its name.
    """

    name: str
    unit: str
    direction: Direction
    meaning: str
    needs: tuple[str, ...] = ()
    called: str = ""

    @property
    def label(self) -> str:
        """What reports call it."""
        return self.called or self.name.replace("_", " ")


_NETWORK = ("dataset",)
_IMAGES = ("dataset", "split")
_SCHEDULE = ("dataset", "split", "epochs")
_RUN = ("dataset", "split", "epochs", "seeds")

RANKED_BY = ("accuracy", "perplexity", "mean_iou", "end_point_error")
"""What networks are compared by first, whatever they learn; a table has one of them."""

QUANTITIES: dict[str, Quantity] = {
    metric.name: metric
    for metric in (
        Quantity("accuracy", "percent", "higher", "top-1 accuracy, 0 to 100", _RUN),
        Quantity("top5_accuracy", "percent", "higher", "the right class is among the first five, 0 to 100", _RUN),
        Quantity(
            "loss",
            "nats",
            "lower",
            "mean cross-entropy of an image, or smooth L1 distance of a disparity; infinite where training diverged",
            _RUN,
        ),
        Quantity("perplexity", "1", "lower", "of a token of a text, the exponential of the mean cross-entropy", _RUN),
        Quantity(
            "mean_iou",
            "percent",
            "higher",
            "of segmented images: intersection over union of a class over all of them, mean over classes, 0 to 100",
            _RUN,
            "mean IoU",
        ),
        Quantity("mean_dice", "percent", "higher", "the same of Dice coefficients, 0 to 100", _RUN, "mean Dice"),
        Quantity("pixel_accuracy", "percent", "higher", "pixels with the right class, 0 to 100", _RUN),
        Quantity(
            "end_point_error",
            "pixels",
            "lower",
            "of stereo pairs: mean distance of told disparities from true ones, over all pixels that count",
            _RUN,
            "end-point error",
        ),
        Quantity("bad_2", "percent", "lower", "pixels whose disparity is off by more than 2, 0 to 100", _RUN, "bad 2"),
        Quantity("parameters", "count", "lower", "trainable parameters of the network", _NETWORK),
        Quantity(
            "multiply_adds", "count", "lower", "those of one image; the official 'flops' are this / 1e6", _NETWORK
        ),
        Quantity(
            "latency", "seconds", "lower", "one forward pass of a batch on the benchmark's own hardware", _NETWORK
        ),
        Quantity("training_time", "seconds", "lower", "training for `epochs` epochs on the same hardware", _SCHEDULE),
        Quantity("total_time", "seconds", "lower", "that of NAS-Bench-101 with all evaluations on the way", _SCHEDULE),
        Quantity("evaluation_time", "seconds", "lower", "one pass over the split's images on that hardware", _IMAGES),
        Quantity("official_index", "index", "none", "number of the architecture in the benchmark's own files"),
        Quantity("vertices", "count", "none", "vertices of a NAS-Bench-101 cell, input and output included"),
        Quantity(
            "edges", "code", "none", "edges of a NAS-Bench-101 cell: bit x + y (y - 1) / 2 is the edge from x to y"
        ),
        Quantity(
            "operations",
            "code",
            "none",
            "interior operations of a NAS-Bench-101 cell, one base-4 digit each, vertex 1 lowest: 1 conv3x3-bn-relu, "
            "2 conv1x1-bn-relu, 3 maxpool3x3",
        ),
    )
}

COMPARABLE = tuple(name for name, quantity in QUANTITIES.items() if quantity.needs == _RUN)
"""What training runs are measured by: networks can be compared by any of them."""
