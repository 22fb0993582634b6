"""Checks on the numbers that predictors are given, so that a mistake is named where it enters.

They are those of `nasrank.bench.ranking.arrays`, which stands above this package and knows nothing of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def finite(what: str, values: npt.ArrayLike) -> FloatArray:
    """Real numbers `(n,)` as float64.

    Raises:
        ValueError: another shape, texts or other things that are no real numbers, or NaN, infinite or masked elements.
    """
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "biuf":
        raise ValueError(f"{what} must be real numbers (n,), not {array.dtype} {array.shape}")
    usable = np.isfinite(array)
    if isinstance(values, np.ma.MaskedArray):  # whose mask the conversion dropped
        usable &= ~np.ma.getmaskarray(values)
    if not usable.all():
        raise ValueError(f"{np.sum(~usable)} of {len(array)} {what} are not finite: NaN, infinite or masked")
    return array.astype(np.float64)


def integers(what: str, values: npt.ArrayLike) -> IntArray:
    """Integers of any shape as int64; ValueError for floats, truth values and masked elements: none is rounded."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or np.ma.is_masked(values):
        kind = "masked in places" if np.ma.is_masked(values) else str(array.dtype)
        raise ValueError(f"{what} must be integers, not {kind}")
    return array.astype(np.int64)
