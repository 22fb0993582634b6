"""What is learned from: inputs, their targets, and how splits may divide them, whatever the inputs are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Rows = npt.NDArray[np.int64]


class Inputs(Protocol):
    """Anything that gives the inputs of some rows: an array, or what computes them when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Rows, /) -> npt.NDArray[Any]:
        """The inputs of these rows, `(len(rows), ...)`, as a network takes them."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples in a fixed order that splits refer to by row.

    Attributes:
        inputs: `(n, ...)`, by row.
        targets: `(n, ...)`, as the task takes them.
        strata: int64 `(n,)`; each part of a split has these in the proportion of the whole, such as classes.
        groups: int64 `(n,)`; no split cuts what has one number, such as the crops of one photograph or the windows of
            one text. Samples that have nothing to do with each other have numbers of their own.

    Raises:
        ValueError: no samples, or lengths or types that do not fit together.
    """

    inputs: Inputs
    targets: npt.NDArray[Any]
    strata: Rows
    groups: Rows

    def __post_init__(self) -> None:
        count = len(self.inputs)
        if not count:
            raise ValueError("there are no samples")
        if len(self.targets) != count:
            raise ValueError(f"{count} inputs have {len(self.targets)} targets")
        for name, numbers in (("strata", self.strata), ("groups", self.groups)):
            if numbers.shape != (count,) or numbers.dtype != np.int64:
                raise ValueError(f"{name} must be int64 ({count},), not {numbers.dtype} {numbers.shape}")

    @classmethod
    def alone(cls, inputs: Inputs, targets: npt.NDArray[Any], strata: Rows) -> Samples:
        """Samples of which each is a group of its own."""
        return cls(inputs, targets, strata, np.arange(len(inputs)))

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one input."""
        return tuple(self.inputs[np.zeros(1, np.int64)].shape[1:])

    def with_targets(self, targets: npt.NDArray[Any]) -> Samples:
        """The same with other targets `(n, ...)`; strata and groups stay."""
        return replace(self, targets=targets)

    def tensors(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Inputs and targets of these rows, on the CPU."""
        return torch.from_numpy(self.inputs[rows]), torch.from_numpy(self.targets[rows])
