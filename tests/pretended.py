"""A device that this machine does not have: what runs there, what of it is read, and what lies in the wrong place.

Tensors of the `meta` device stand for it; they have shapes and no numbers. What would make a program wait for a real
device is counted, and answered with ones: reading a number, finding out where there are any, and moving something to
the CPU. An operation on tensors of both the device and the CPU fails, as it would there, but for single numbers of the
CPU, which are arguments of what is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from nasrank.bench.training.step import Step

DEVICE = torch.device("meta")

_OF_UNKNOWN_SIZE = {"nonzero", "masked_select", "unique", "_unique2", "unique_consecutive", "repeat_interleave"}


class Pretended(TorchDispatchMode):
    """Computes on the device for the block.

    Attributes:
        reads: what has been read of it, by the name of the operation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    def __torch_dispatch__(
        self,
        operation: Any,
        types: Sequence[type],
        arguments: Sequence[Any] = (),
        options: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        options = dict(options or {})
        name = operation.overloadpacket.__name__
        there = [one for one in tree_leaves((arguments, options)) if isinstance(one, Tensor)]
        if not any(one.device == DEVICE for one in there):
            if name == "_to_copy" and options.get("device") == DEVICE:
                assert options.get("non_blocking"), "the CPU waits until it has copied something to the device"
            return operation(*arguments, **options)
        if name == "_local_scalar_dense":
            self.reads.append(name)
            return torch.ones((), dtype=arguments[0].dtype).item()
        if name == "_to_copy" and options.get("device") == torch.device("cpu"):
            self.reads.append(name)
            return torch.ones(arguments[0].shape, dtype=options.get("dtype") or arguments[0].dtype)
        masks = name in ("index", "index_put", "index_put_") and any(
            one is not None and one.dtype == torch.bool for one in arguments[1]
        )
        counts = name in _OF_UNKNOWN_SIZE or masks
        assert not counts, f"{name} waits until the device has counted something"
        here = [one for one in there if one.device.type == "cpu" and one.dim()]
        assert not here or name in ("_to_copy", "copy_"), f"{name} of tensors on different devices"
        return operation(*arguments, **options)


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pretended]:
    """The device, on which precision is that of the tensors: torch knows no mixed one for it."""
    monkeypatch.setattr(Step, "_precision", lambda step, inputs: nullcontext())
    with Pretended() as mode:
        yield mode


def reads_of(mode: Pretended, run: Callable[[], object]) -> int:
    """How often that reads something of the device."""
    before = len(mode.reads)
    run()
    return len(mode.reads) - before
