"""A chain of inverted residuals [Sandler2018], each with one of three kernels and one of two expansions.

A chain is a value, printed by stages as `k3e6 k5e3 | k7e3 identity k3e3 | k5e6 k5e6 identity`. The first layer of a
stage changes the width, and in most stages the resolution; each of the others can be left out, which is `identity`.

References:
    [Sandler2018] Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, product

from nasrank.spaces.integers import indices

KERNELS = (3, 5, 7)
EXPANSIONS = (3, 6)

BLOCKS = tuple(product(KERNELS, EXPANSIONS))
"""Kernel and expansion of each block, in the order of the options, which is that of RLNAS's code."""

IDENTITY = len(BLOCKS)
OPTIONS = (*(f"k{kernel}e{expansion}" for kernel, expansion in BLOCKS), "identity")

STAGES = (2, 3, 3)
"""Layers of each stage."""

_FIRST = (0, *accumulate(STAGES))
STAGE_OF_LAYER = tuple(stage for stage, layers in enumerate(STAGES) for _ in range(layers))
REPEATS = tuple(layer not in _FIRST for layer in range(sum(STAGES)))
"""Of each layer, whether its output has the shape of its input, so that it can be the identity."""

OPTIONS_OF_LAYER = tuple(OPTIONS if repeats else OPTIONS[:IDENTITY] for repeats in REPEATS)
PLACES = tuple(f"layer {layer}: operation" for layer in range(1, len(REPEATS) + 1))
"""Where a wrong operation stands."""

_COUNTS = tuple(map(len, OPTIONS_OF_LAYER))


@dataclass(frozen=True, order=True)
class Chain:
    """One operation a layer, by its index in `OPTIONS`; numpy's integers become Python's."""

    operations: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.operations) != len(REPEATS):
            raise ValueError(f"a chain has {len(REPEATS)} layers, not {len(self.operations)}")
        chosen = indices(self.operations, _COUNTS, PLACES)
        if chosen is not self.operations:  # what indices returns is what it was given, unless that has numpy's integers
            object.__setattr__(self, "operations", chosen)

    def __str__(self) -> str:
        return _text(self.stages)

    @property
    def stages(self) -> list[tuple[int, ...]]:
        """The operations of each stage."""
        return [self.operations[first : first + layers] for first, layers in zip(_FIRST, STAGES, strict=False)]


def _text(stages: Sequence[Sequence[int]]) -> str:
    return " | ".join(" ".join(OPTIONS[operation] for operation in stage) for stage in stages)


def parse(text: str) -> Chain:
    """Read the printed form.

    Raises:
        ValueError: another number of stages or of layers in one, or an operation that a layer does not have.
    """
    stages = [stage.split() for stage in text.split("|")]
    if len(stages) != len(STAGES):
        raise ValueError(f"chain {text!r:.80}: expected {len(STAGES)} stages between bars, found {len(stages)}")
    operations: list[int] = []
    for number, (stage, layers) in enumerate(zip(stages, STAGES, strict=True), start=1):
        if len(stage) != layers:
            raise ValueError(f"chain {text!r:.80}: stage {number} has {layers} layers, but {len(stage)} are written")
        for name in stage:
            known = OPTIONS_OF_LAYER[len(operations)]
            if name not in known:
                raise ValueError(
                    f"chain {text!r:.80}: layer {len(operations) + 1} cannot be {name!r:.40}; it is {', '.join(known)}"
                )
            operations.append(known.index(name))
    return Chain(tuple(operations))


def key(chain: Chain) -> str:
    """The chain without its identities: alone, two layers in a row train alike whichever of them is left out."""
    return _text([[one for one in stage if one != IDENTITY] for stage in chain.stages])
