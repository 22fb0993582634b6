"""Images with one label each, as a kind of data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.images.views import ImageView, image_views
from nasrank.bench.data.pixels import PixelDataset, read_images, sha256_of_arrays
from nasrank.bench.data.samples import Samples


@dataclass(frozen=True, eq=False)
class ImageDataset(PixelDataset):
    """Labelled images; labels are targets and strata."""

    @classmethod
    def describe(
        cls,
        name: str,
        images: npt.NDArray[np.uint8 | np.float32],
        labels: npt.NDArray[np.int64],
        *,
        classes: tuple[str, ...],
        flippable: bool,
        provenance: str,
    ) -> ImageDataset:
        """Make a data set of two arrays, computing what follows from them.

        Raises:
            ValueError: the arrays' shapes, types or label values do not fit together.
        """
        inputs = read_images(name, images)
        if labels.shape != (len(images),) or labels.dtype != np.int64:
            raise ValueError(f"{name}: labels must be int64 ({len(images)},), not {labels.dtype} {labels.shape}")
        if labels.min() < 0 or labels.max() >= len(classes):
            raise ValueError(f"{name}: labels from {labels.min()} to {labels.max()} for {len(classes)} classes")
        labels = np.ascontiguousarray(labels)
        return cls(
            name=name,
            samples=Samples.alone(inputs, labels, labels),
            classes=classes,
            provenance=provenance,
            sha256=sha256_of_arrays(inputs.images, labels),
            images=inputs.images,
            mean=inputs.mean,
            std=inputs.std,
            flippable=flippable,
        )

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """Indices into `classes`, int64 `(n,)`."""
        return self.samples.strata

    def views(self, count: int) -> tuple[ImageView, ...]:
        return image_views(count, flippable=self.flippable)
