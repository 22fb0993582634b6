"""The DARTS super-net: all operations on all edges of every cell, shared by all architectures [Liu2019].

A hard path is an architecture and computes eight operations a cell; a soft path is the paper's mixture, in which cells
of one kind have their weights in common. Batch normalization uses the statistics of the batch, also when scoring, and
has no affine part in the cells; tracked statistics and an affine part are options.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import cast

import torch
from torch import Tensor, nn

from nasrank.spaces.darts.genotype import AVG_POOL, EDGES, INPUTS, KINDS, NODES, NONE, Cell, Genotype, from_choices
from nasrank.spaces.darts.network import Macro, Outputs, through
from nasrank.spaces.darts.shared_cell import Memo, SharedCell
from nasrank.spaces.layers import refuse_channels
from nasrank.spaces.placing import placed
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, added_numbers
from nasrank.spaces.ways import WeightPart, WeightsOnWays


class GenotypeSuperNet(Macro, SuperNet):
    """Shared weights for all architectures of the DARTS space.

    Args:
        channels: width of the first cells; every reduction doubles it.
        cells: how many there are, three or more.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        affine: whether the normalizations inside the cells learn a scale and a shift; those after pools never do.
        tracked: whether running statistics are kept, and used in evaluation mode.
        partial_channels: operations work on one of every so many channels.

    Raises:
        ValueError: a size is below one, fewer than three cells, or more partial channels than channels.
    """

    def __init__(
        self,
        *,
        channels: int = 8,
        cells: int = 3,
        classes: int = 10,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
        partial_channels: int = 1,
    ) -> None:
        super().__init__(
            channels=channels, cells=cells, classes=classes, image_channels=image_channels, tracked=tracked
        )
        refuse_channels(channels, partial_channels)
        self._outside_cells = [name for name, _ in self.named_parameters()]  # there are no cells yet
        self.cells = nn.ModuleList(
            SharedCell(place, affine=affine, tracked=tracked, partial_channels=partial_channels)
            for place in self.places
        )

    @property
    def keeps_statistics(self) -> bool:
        return self.stem_norm.track_running_stats

    @property
    def _shared_cells(self) -> list[SharedCell]:
        return [cast(SharedCell, cell) for cell in self.cells]

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        decisions = len(KINDS) * len(EDGES)
        if len(path) != decisions:
            raise ValueError(f"a path has {decisions} entries, one an edge of both cells, not {len(path)}")
        if isinstance(path[0], Tensor):
            return self._soft(images, cast(SoftPath, path), numbers=numbers)
        genotype = from_choices(cast(HardPath, path))
        return self.head(self._along(genotype, self._shared_cells, self.begun(images))[-1])

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        places: dict[Genotype, list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(from_choices(path), []).append(place)
        (stem, _), cells, memo = self.begun(images), self._shared_cells, Memo()
        leading = next(number for number, cell in enumerate(cells) if cell.reduces)
        first = cells[0].entered(stem, stem)
        for normal, genotypes in groupby(sorted(places), key=lambda genotype: genotype.normal):
            begun = stem, cells[0].hard(first, normal, memo)
            begun = self._along(Genotype(normal, normal), cells[1:leading], begun)
            for genotype in genotypes:
                yield places[genotype], self.head(self._along(genotype, cells[leading:], begun)[-1])

    @staticmethod
    def _along(genotype: Genotype, cells: Iterable[SharedCell], outputs: Outputs) -> Outputs:
        """What the last two cells put out, from the last two before these."""

        def apply(cell: SharedCell, before_last: Tensor, last: Tensor) -> Tensor:
            own: Cell = genotype.reduce if cell.reduces else genotype.normal
            return cell.hard(cell.entered(before_last, last), own)

        return through(cells, apply, outputs)

    def _soft(self, images: Tensor, path: SoftPath, *, numbers: bool) -> Tensor:
        computed = [[one for one in torch.nonzero(w.detach()).flatten().tolist() if one != NONE] for w in path]
        there = placed([*path, *(added_numbers(path) if numbers else ())], images.device)
        weights, added = there[: len(path)], there[len(path) :]

        def apply(cell: SharedCell, before_last: Tensor, last: Tensor) -> Tensor:
            part = slice(len(EDGES), None) if cell.reduces else slice(len(EDGES))
            nodes = cell.entered(before_last, last)
            return cell.soft(nodes, weights[part], computed[part], added[part] if numbers else None)

        return self.head(through(self._shared_cells, apply, self.begun(images))[-1])

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """See `SuperNet`; ways are counted within each cell, from either of its inputs to its output.

        An operation lies on as many ways as lead from both inputs to its source, times those from its node to the
        output: one for the node's own part of it, and those on through later nodes. All weights of a separable
        convolution, and both kernels of a skip connection with a stride, lie on the ways of their edge. The first
        layers of a cell, which every way passes, count once, as what is outside the cells does. An average pool has
        constant weights, 1/9 at each of the nine places for every channel.
        """
        genotype = from_choices(path)
        counts, constant = {WeightPart(name): 1 for name in self._outside_cells}, 0.0
        for number, cell in enumerate(self._shared_cells):
            own = genotype.reduce if cell.reduces else genotype.normal
            for name, _ in cell.named_parameters():
                if name.startswith(("before_last", "last")) and name.endswith("weight") and ".norm." not in name:
                    counts[WeightPart(f"cells.{number}.{name}")] = 1
            for (operation, source, target), ways in ways_through(own).items():
                place = EDGES.index((source, target))
                layer = cell.layer(place, operation)
                if operation == AVG_POOL:
                    constant += ways * cell.operated / 9
                elif layer is not None:
                    prefix = f"cells.{number}.edges.{place}.{operation}"
                    counts |= {
                        WeightPart(f"{prefix}.{name}"): ways
                        for name, weight in layer.named_parameters()
                        if weight.ndim > 1
                    }
        return WeightsOnWays(counts, constant)


def ways_through(cell: Cell) -> dict[tuple[int, int, int], int]:
    """How many ways from an input of a cell to its output go along each edge: operation, source and target."""
    edges = list(cell.edges)
    to = [1] * INPUTS
    for node in NODES:
        to.append(sum(to[source] for _, source, target in edges if target == node))
    onward = [0] * INPUTS + [1] * len(NODES)
    for node in reversed(NODES):
        onward[node] += sum(onward[target] for _, source, target in edges if source == node)
    return {(operation, source, target): to[source] * onward[target] for operation, source, target in edges}
