"""Encodings that are computed once: rows of many architectures, looked up by whoever needs some of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.encoding import ENCODINGS
from nasrank.spaces.space import SearchSpace


class EncodedOnce:
    """Rows of some architectures by the name of an encoding, computed when first asked for; others are computed anew.

    A hundred predictors that are fitted on draws of labels from one pool share one of these. Pickled, it forgets the
    architectures: what is sent to another process stays small, and computes there what it needs.

    Args:
        architectures: those whose rows are kept.
    """

    def __init__(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> None:
        self.space = space
        self.architectures = architectures
        self._places = {architecture: place for place, architecture in enumerate(architectures)}
        self._rows: dict[str, FloatArray] = {}

    def rows(self, name: str, architectures: Sequence[Any]) -> FloatArray:
        """Of the encoding with this name `(n, features)`; it may be read-only.

        Raises:
            ValueError: an architecture of another space, or no encoding of this name.
        """
        encoding = ENCODINGS.named(name)
        places = self._places_of(architectures)
        unknown = np.flatnonzero(places < 0)
        if len(unknown) == len(places):
            return encoding.rows(self.space, architectures)
        if name not in self._rows:
            self._rows[name] = encoding.rows(self.space, self.architectures)
            self._rows[name].setflags(write=False)
        kept = self._rows[name]
        if architectures is self.architectures:
            return kept
        found: FloatArray = kept[places]
        if len(unknown):
            found[unknown] = encoding.rows(self.space, [architectures[place] for place in unknown.tolist()])
        return found

    def _places_of(self, architectures: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Where each one's row is, `(n,)`, -1 where it is not kept."""
        if architectures is self.architectures:
            return np.arange(len(architectures))
        found = (self._places.get(one, -1) if isinstance(one, Hashable) else -1 for one in architectures)
        return np.fromiter(found, dtype=np.int64, count=len(architectures))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.space, ())
