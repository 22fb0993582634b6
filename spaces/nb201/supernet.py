"""The NAS-Bench-201 super-net: both convolutions on every edge of every cell, shared by all 15,625 architectures.

Batch normalization uses the statistics of the batch, also when scoring, and no affine part in the cells [Ning2021];
tracked statistics and an affine part are options. Statistics decide: one study measured tau 0.04 with those tracked
over all paths and 0.54 after re-calibrating them for each path [Hu2020].

References:
    [Hu2020] Hu et al., "Angle-based Search Space Shrinking for Neural Architecture Search", ECCV 2020.
    [Ning2021] Ning et al., "Evaluating Efficient Performance Estimators of Neural Architectures", NeurIPS 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from nasrank.spaces.dropout import Draws, refuse_no_rate, seeded_stream, switched_off
from nasrank.spaces.layers import refuse_channels
from nasrank.spaces.nb201.cell import AVG_POOL, EDGES, NODES, NONE, OPERATIONS, Cell, functional
from nasrank.spaces.nb201.network import Macro
from nasrank.spaces.nb201.shared_cell import CONVOLUTIONS, Memo, Operations, SharedCell
from nasrank.spaces.placing import placed
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, added_numbers
from nasrank.spaces.ways import WeightPart, WeightsOnWays, ways_along

KINDS = tuple(operation for operation in range(len(OPERATIONS)) if operation != NONE)
"""What operation dropout can switch off."""


class CellSuperNet(Macro, SuperNet):
    """Shared weights for all NAS-Bench-201 cells.

    Both forms of dropout apply in training mode where gradients are recorded. They draw anew for every forward pass,
    from a stream that torch's global one seeds at construction. They do not apply in `each_path`, which compares whole
    architectures.

    Args:
        channels: width of the first stage; the later ones have twice and four times as many.
        cells_per_stage: cells in each of the three stages.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        affine: whether the normalizations inside the cells learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.
        partial_channels: operations work on one of every so many channels.
        path_dropout: probability that an image does without the output of an operation other than a skip connection.
        stem_stride: of the convolution that images enter by; 2 halves their resolution in all that follows, rounded up.
        operation_dropout: probability that a kind of operation, skip connections too, is `none` in the whole network.
            Drawn again until a way from input to output is left, where there is one.

    Raises:
        ValueError: a size is below one, more partial channels than channels, or a probability not in [0, 1).
    """

    def __init__(
        self,
        *,
        channels: int = 16,
        cells_per_stage: int = 5,
        classes: int = 10,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
        partial_channels: int = 1,
        path_dropout: float = 0.0,
        operation_dropout: float = 0.0,
        stem_stride: int = 1,
    ) -> None:
        super().__init__(
            channels=channels,
            cells_per_stage=cells_per_stage,
            classes=classes,
            image_channels=image_channels,
            tracked=tracked,
            stem_stride=stem_stride,
        )
        refuse_channels(channels, partial_channels)
        refuse_no_rate(path_dropout=path_dropout, operation_dropout=operation_dropout)
        self.silence_is_zero = not affine and not tracked
        self.path_dropout, self.operation_dropout = path_dropout, operation_dropout
        self._outside_cells = [name for name, _ in self.named_parameters()]  # there are no cells yet
        options: Any = {"affine": affine, "tracked": tracked, "partial_channels": partial_channels}
        self.stages = nn.ModuleList(
            nn.ModuleList(SharedCell(width, **options) for _ in range(cells_per_stage)) for width in self.widths
        )
        self._generator = seeded_stream() if path_dropout or operation_dropout else None

    @property
    def keeps_statistics(self) -> bool:
        return self.stem_norm.track_running_stats

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        if len(path) != len(EDGES):
            raise ValueError(f"a path has {len(EDGES)} entries, one an edge, not {len(path)}")
        if isinstance(path[0], Tensor):
            weights = cast(SoftPath, path)
            computed = [[o for o in torch.nonzero(w.detach()).flatten().tolist() if o != NONE] for w in weights]
            draws = self._draws(computed)
            if draws:
                computed = [[o for o in operations if o not in draws.off] for operations in computed]
            weights, added = self._placed(weights, weights, numbers, images)
            return self._run(
                self.stem(images), lambda cell, features: cell.soft(features, weights, computed, draws, added)
            )
        operations = self._reduced(cast(HardPath, path))
        draws = self._draws([[o] if o != NONE else [] for o in operations])
        if draws:
            operations = self._reduced([NONE if o in draws.off else o for o in operations])
        return self._run_hard(self.stem(images), operations, draws=draws)

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        places: dict[Operations, list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(self._reduced(path), []).append(place)
        stem, memo = self.stem(images), Memo()
        for operations in sorted(places):
            yield places[operations], self._run_hard(stem, operations, memo)

    @staticmethod
    def _placed(
        weights: SoftPath, path: SoftPath, numbers: bool, images: Tensor
    ) -> tuple[SoftPath, Sequence[Tensor] | None]:
        """The weights, and the numbers of the path if there are to be any, where the images are."""
        there = placed([*weights, *(added_numbers(path) if numbers else ())], images.device)
        return there[: len(weights)], there[len(weights) :] if numbers else None

    def _run_hard(
        self, features: Tensor, operations: Operations, memo: Memo | None = None, draws: Draws | None = None
    ) -> Tensor:
        """Class scores from what leaves the stem; the memo is that of the first cell."""
        first = self.stages[0][0]  # type: ignore[index]

        def run(cell: SharedCell, features: Tensor) -> Tensor:
            return cell.hard(features, operations, memo if cell is first else None, draws)

        return self._run(features, run)

    def _draws(self, computed: list[list[int]]) -> Draws | None:
        """What this forward pass leaves out of the operations computed on each edge, if it is one that does."""
        if self._generator is None or not self.training or not torch.is_grad_enabled():
            return None

        def signal(off: frozenset[int]) -> bool:
            left = [edge for edge, operations in zip(EDGES, computed, strict=True) if set(operations) - off]
            return bool(ways_along(left, NODES - 1))

        off = switched_off(self.operation_dropout, KINDS, signal, self._generator)
        return Draws(self._generator, self.path_dropout, off)

    def _reduced(self, path: HardPath) -> Operations:
        return functional(Cell(tuple(path)), silence_is_zero=self.silence_is_zero).operations

    def _run(self, features: Tensor, apply: Callable[[SharedCell, Tensor], Tensor]) -> Tensor:
        for index, stage in enumerate(self.stages):
            if index:
                features = self.reductions[index - 1](features)
            for cell in cast(nn.ModuleList, stage):
                features = apply(cast(SharedCell, cell), features)
        return self.head(features)

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """See `SuperNet`; an average pool has constant weights, 1/9 at each of the nine places for every channel."""
        cell = Cell(tuple(path))
        edges = [edge for edge, operation in zip(EDGES, cell.operations, strict=True) if operation != NONE]
        ways = ways_along(edges, NODES - 1)
        if not ways:
            return WeightsOnWays({})
        counts, constant = {WeightPart(name): 1 for name in self._outside_cells}, 0.0
        for stage, cells in enumerate(self.stages):
            for number, shared in enumerate(cast(nn.ModuleList, cells)):
                for edge, count in ways.items():
                    if (kind := CONVOLUTIONS.get(cell[edge])) is not None:
                        name = f"stages.{stage}.{number}.{kind}.{EDGES.index(edge)}.conv.weight"
                        counts[WeightPart(name)] = count
                    elif cell[edge] == AVG_POOL:
                        constant += count * cast(SharedCell, shared).operated / 9
        return WeightsOnWays(counts, constant)
