"""One cell of the NAS-Bench-101 super-net, which computes any path through all of its operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import cast

import torch
from torch import Tensor, nn

from nasrank.spaces.dropout import Draws
from nasrank.spaces.layers import Channels, operated_width, put_last
from nasrank.spaces.nb101.cell import CONV_1X1, CONV_3X3, MAX_POOL
from nasrank.spaces.nb101.decisions import EDGES
from nasrank.spaces.nb101.paths import INPUT, INTERIOR, OUTPUT, Path
from nasrank.spaces.nb101.shared_layers import (
    CHANNEL_SHARING,
    ConvNormRelu,
    SharedLayer,
    first_channels,
    max_pool,
    on_device,
)
from nasrank.spaces.ways import WeightPart, ways_along

CONVOLUTIONS = {CONV_3X3: "conv_3x3", CONV_1X1: "conv_1x1"}
"""Where a cell has the weights of these operations, one for each vertex or edge."""


class Memo:
    """Remembers the latest of what a cell computed in each place from the same input."""

    def __init__(self) -> None:
        self._latest: dict[Hashable, tuple[Hashable, Tensor]] = {}

    def recall(self, place: Hashable, key: Hashable, compute: Callable[[], Tensor]) -> Tensor:
        """What was computed there, or what `compute` gives when that had another key."""
        if place not in self._latest or self._latest[place][0] != key:
            self._latest[place] = key, compute()
        return self._latest[place][1]


@dataclass(frozen=True)
class Run:
    """One forward pass through a cell.

    Attributes:
        channels: those that the projection to a vertex of each width gives.
        operated: those that the convolutions of a vertex of each width work on.
    """

    path: Path
    memo: Memo
    draws: Draws | None
    channels: Mapping[int, Channels]
    operated: Mapping[int, Channels]


class SharedCell(nn.Module):
    """Projections of the input to every vertex, and all operations at every vertex or on every edge into one."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        channel_sharing: str,
        operations_on: str,
        affine: bool,
        tracked: bool,
        partial_channels: int,
    ) -> None:
        super().__init__()
        self.inputs, self.outputs, self.partial_channels = inputs, outputs, partial_channels
        self.on_edges = operations_on == "edges"
        form, self.draw = CHANNEL_SHARING[channel_sharing]
        widths = possible_widths(outputs)
        layer = partial(form, affine=affine, tracked=tracked)
        places = [str(vertex) for vertex in INTERIOR]
        self.projections = nn.ModuleDict({place: layer(inputs, widths, kernel=1) for place in places})
        self.output_projection = ConvNormRelu(inputs, outputs, kernel=1, affine=affine, tracked=tracked)
        if self.on_edges:
            places = [f"{source}->{target}" for source, target in EDGES if target != OUTPUT]
        operated = tuple(sorted({self._operated_width(width) for width in widths}))
        self.conv_3x3 = nn.ModuleDict({place: layer(None, operated, kernel=3) for place in places})
        self.conv_1x1 = nn.ModuleDict({place: layer(None, operated, kernel=1) for place in places})

    def forward(self, features: Tensor, path: Path, memo: Memo | None = None, draws: Draws | None = None) -> Tensor:
        """The output along a path: what feeds it side by side, or added up where that is undecided.

        Args:
            memo: keeps what earlier calls on the same features computed.
            draws: decides which channels narrow vertices use, and what is left out; without them, vertices use the
                first channels, and nothing is left out.
        """
        memo = Memo() if memo is None else memo
        widths = path.widths(self.outputs)
        run = Run(path, memo, draws, *self._channels(set(widths.values()), draws))
        values = {INPUT: features}
        for vertex, prefix in zip(path.vertices, path.prefixes(self.outputs), strict=True):
            values[vertex] = memo.recall(vertex, prefix, partial(self._vertex, vertex, widths[vertex], values, run))
        leaving = [path.along_edge(source, OUTPUT, values[source]) for source in path.sources[OUTPUT] if source]
        if len(leaving) > 1 and not path.undecided:
            leaving = [torch.cat(leaving, 1)]
        if INPUT in path.sources[OUTPUT]:
            direct = memo.recall(OUTPUT, (), partial(self.output_projection, features))
            leaving.append(path.along_edge(INPUT, OUTPUT, direct))
        return reduce(torch.add, [*leaving, *path.numbers_into(OUTPUT)])

    def _operated_width(self, width: int) -> int:
        return operated_width(width, self.partial_channels)

    def _channels(self, widths: set[int], draws: Draws | None) -> tuple[dict[int, Channels], dict[int, Channels]]:
        """For each width those of the projection and those of the convolutions, which are the same unless partial."""
        channels = self._chosen(self.outputs, widths, draws)
        if self.partial_channels == 1:
            return channels, channels
        operated = {width: self._operated_width(width) for width in widths}
        chosen = self._chosen(self._operated_width(self.outputs), set(operated.values()), draws)
        return channels, {width: chosen[narrow] for width, narrow in operated.items()}

    def _chosen(self, full: int, widths: set[int], draws: Draws | None) -> dict[int, Channels]:
        if not widths or draws is None or self.draw is None:
            return first_channels(widths)
        return on_device(self.draw(full, widths, draws.generator), self.output_projection.conv.weight.device)

    def _vertex(self, vertex: int, width: int, values: Mapping[int, Tensor], run: Run) -> Tensor:
        arriving = []
        for source in run.path.sources[vertex]:
            if source == INPUT:
                project = partial(self.projections[str(vertex)], values[INPUT], run.channels[width])
                value = run.memo.recall((INPUT, vertex), width, project)
            else:
                value = truncated(values[source], width)
            if self.on_edges:
                value = self._operated(f"{source}->{vertex}", vertex, value, run)
            arriving.append(run.path.along_edge(source, vertex, value))
        total = reduce(torch.add, [*arriving, *run.path.numbers_into(vertex)])
        return total if self.on_edges else self._operated(str(vertex), vertex, total, run)

    def _operated(self, place: str, vertex: int, value: Tensor, run: Run) -> Tensor:
        operations = run.path.operations[vertex - 1]
        return run.path.mixed(vertex, [self._operation(operation, place, value, run) for operation in operations])

    def _operation(self, operation: int, place: str, value: Tensor, run: Run) -> Tensor:
        if run.draws and operation in run.draws.off:
            return value
        width = value.shape[1]
        narrow = self._operated_width(width)
        output = truncated(value, narrow)
        if operation == MAX_POOL:
            output = max_pool(output)
        else:
            output = getattr(self, CONVOLUTIONS[operation])[place](output, run.operated[width])
        if run.draws:
            output = run.draws.dropped(output)
        return output if narrow == width else put_last(output, value[:, narrow:])

    def weights_on_ways(self, path: Path) -> Counter[WeightPart]:
        """How often each part of the cell's weights, by their names within the cell, lies on a way along a hard path.

        A max-pool has no weights.
        """
        counts: Counter[WeightPart] = Counter()
        widths = path.widths(self.outputs)
        edges = [(source, target) for target, sources in path.sources.items() for source in sources]
        for (source, target), count in ways_along(edges, OUTPUT).items():
            if (source, target) == (INPUT, OUTPUT):
                counts[WeightPart("output_projection.conv.weight")] += count
            elif source == INPUT:
                counts[self._part("projections", str(target), widths[target], self.inputs)] += count
            if target != OUTPUT and (operation := path.operations[target - 1][0]) != MAX_POOL:
                place = f"{source}->{target}" if self.on_edges else str(target)
                width = self._operated_width(widths[target])
                counts[self._part(CONVOLUTIONS[operation], place, width, width)] += count
        return counts

    def _part(self, layers: str, place: str, outputs: int, inputs: int) -> WeightPart:
        layer = cast(SharedLayer, getattr(self, layers)[place])
        return layer.part(outputs, inputs).within(f"{layers}.{place}")


def possible_widths(outputs: int) -> tuple[int, ...]:
    """Widths of vertices in a cell with so many output channels, ascending."""
    shares = range(1, min(len(INTERIOR), outputs) + 1)
    return tuple(sorted({width for count in shares for width in (outputs // count, -(-outputs // count))}))


def truncated(value: Tensor, width: int) -> Tensor:
    """The first channels; a source can have one more than the vertex that it feeds."""
    return value if value.shape[1] == width else value[:, :width]
