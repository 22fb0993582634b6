"""What every encoding is: a row of numbers an architecture, which depends on nothing but space and architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from nasrank.bench.foundation.registry import Registry
from nasrank.predictors.arrays import FloatArray
from nasrank.spaces.space import SearchSpace


class Encoding(ABC):
    """A function of a space and its architectures, with a name.

    Attributes:
        name: key in the registry.
        label: how tables call it.
        isomorphism_invariant: whether architectures with isomorphic graphs have equal rows.
    """

    name: str
    label: str
    isomorphism_invariant: ClassVar[bool] = False

    @abstractmethod
    def rows(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        """One row an architecture `(n, features)`, `(0, features)` for none; to the bit the same whatever the others.

        Architectures may be texts that the space parses.

        Raises:
            ValueError: an architecture of another space.
        """


ENCODINGS: Registry[Encoding] = Registry("encoding", "nasrank.predictors.encodings")
"""By name. To add one: a file in the package that registers it, or a plugin that does."""
