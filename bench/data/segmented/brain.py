"""Coronal slices of the MNI ICBM152 2009a template [Fonov2011], each pixel grey matter, white matter or background.

The template is one magnetic resonance image, the average of the T1-weighted ones of 152 adults, made symmetric: its
left half is the mirror image of its right one. Its probabilities of grey and white matter come with it, and all three
with the package nilearn, without the skull, at one millimetre a voxel. So a network is tested on unseen parts of one
average brain and not on unseen patients. As the template is far cleaner than a scan, `nasrank tabulate --noise 0.5` and
the like are what makes the task a task.

Every second millimetre from back to front is a slice. Ten in a row are a slab, of which the first and the last slice
are left out, so that slices of different slabs are at least six millimetres apart. The labels of one such slice tell
those of the other with a mean Dice coefficient of 0.68; of neighbours it is 0.86. Slabs are groups that no split cuts.
Eight slices of the first and the last slab show nothing of the brain.

References:
    [Fonov2011] Fonov et al., "Unbiased Average Age-Appropriate Atlases for Pediatric Studies", NeuroImage 54(1), 2011.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.description import BACKGROUND
from nasrank.bench.data.registry import DATASETS, DataSource
from nasrank.bench.data.segmented.dataset import SegmentedDataset
from nasrank.bench.data.segmented.reduction import reduced
from nasrank.bench.foundation.files import DataError

FILE = "datasets/data/mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
"""Inside nilearn, of `t1`, `gm` or `wm`."""

VOXELS = (197, 233, 189)
"""Of the template: from left to right, from back to front, and from below."""

CLASSES = (BACKGROUND, "grey", "white")

FIRST, EVERY, SLABS, SLICES = 16, 2, 10, 10
"""The first slice, in voxels from the back, voxels from one to the next, slabs, and slices of each."""

KEPT = SLICES - 2
"""Slices of each slab that are not at its border."""

SIDE, REDUCED = 64, 3
"""Of an image, in pixels, and voxels that become one, each way."""

SHA256 = "a60955821ce36484d5d793a836bbc0239d0df74412fadd2452c8029567ac514c"
"""Checksum of the pixels and labels, see `PixelDataset.sha256`."""

_ADVICE = "pip install 'nasrank[brain]'"


def load(_data_root: Path | None, _cache: Path | None) -> SegmentedDataset:
    """The slices as uint8 `(80, 1, 64, 64)`; they come with nilearn, so neither folder is looked at.

    Images are not mirrored: the mirror image of the template is the template.

    Raises:
        DataError: nilearn or nibabel is not installed, or this nilearn's copy is not the one known.
    """
    t1, grey, white = (_volume(part) for part in ("t1", "gm", "wm"))
    slices = _slices(t1), _slices(labelled(grey, white))
    images, masks = reduced(*slices, side=REDUCED, classes=len(CLASSES))
    brain = SegmentedDataset.describe(
        "brain-template",
        images[:, None],
        masks,
        groups=np.arange(len(images)) // KEPT,
        classes=CLASSES,
        flippable=False,
        provenance="coronal slices of the MNI ICBM152 2009a symmetric template (Fonov 2011), one average brain whose "
        "slabs are held out, as it lies in nilearn; 3x3 means of T1, and the commonest of background, grey and white "
        "matter of a probability above a half",
    )
    if brain.sha256 != SHA256:
        raise DataError(f"the template of the installed nilearn has sha256 {brain.sha256}, expected {SHA256}")
    return brain


def labelled(grey: npt.NDArray[np.uint8], white: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """The class of each voxel by its two probabilities, of which 255 is one: that above a half, or background."""
    return np.where(grey > 127, 1, np.where(white > 127, 2, 0))


def _slices(volume: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Those that are kept, `(80, 192, 192)`, top row first: of the empty sides less, and of the empty top more."""
    places = [FIRST + EVERY * (slab * SLICES + place) for slab in range(SLABS) for place in range(1, SLICES - 1)]
    side = SIDE * REDUCED
    left, above = (VOXELS[0] - side) // 2, side - VOXELS[2]
    upright = volume[left : left + side, places].transpose(1, 2, 0)[:, ::-1]
    return np.pad(upright, ((0, 0), (above, 0), (0, 0)))


def _volume(part: str) -> npt.NDArray[np.uint8]:
    """One of the three, as it is kept."""
    package = find_spec("nilearn")  # importing it takes seconds
    if package is None or not package.submodule_search_locations:
        raise DataError(f"brain-template is read from nilearn, which is not installed: {_ADVICE}")
    try:
        import nibabel
    except ImportError as reason:
        raise DataError(f"brain-template is read by nibabel, which is not installed: {_ADVICE}") from reason
    path = Path(package.submodule_search_locations[0]) / FILE.format(part)
    try:
        image: Any = nibabel.load(path)
        volume: npt.NDArray[np.uint8] = np.asanyarray(image.dataobj)
    except Exception as reason:  # of gzip, or of what nibabel expects
        raise DataError(f"{path} is missing or damaged ({reason}): install nilearn again") from reason
    if volume.shape != VOXELS or volume.dtype != np.uint8:
        raise DataError(f"{path} has {volume.dtype} {volume.shape}, and should have uint8 {VOXELS}")
    return volume


DATASETS.register(
    DataSource("brain-template", load, count=SLABS * KEPT, side=SIDE, kind="segmented images", task="segmentation")
)
