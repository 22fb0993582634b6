"""One cell of the NAS-Bench-101 super-net, which computes any path through all of its operations."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial, reduce

import torch
from torch import Tensor, nn

from spaces.nb101.cell import CONV_1X1, CONV_3X3, MAX_POOL
from spaces.nb101.paths import INPUT, INTERIOR, OUTPUT, Path
from spaces.nb101.shared_layers import CHANNEL_SHARING, Channels, ConvNormRelu, first_channels, max_pool
from spaces.nb101.space import EDGES


class Memo:
    """Remembers the latest of what a cell computed in each place from the same input."""

    def __init__(self) -> None:
        self._latest: dict[Hashable, tuple[Hashable, Tensor]] = {}

    def recall(self, place: Hashable, key: Hashable, compute: Callable[[], Tensor]) -> Tensor:
        """What was computed there, or what `compute` gives when that had another key."""
        if place not in self._latest or self._latest[place][0] != key:
            self._latest[place] = key, compute()
        return self._latest[place][1]


class SharedCell(nn.Module):
    """Projections of the input to every vertex, and all operations at every vertex or on every edge into one."""

    def __init__(
        self, inputs: int, outputs: int, *, channel_sharing: str, operations_on: str, affine: bool, tracked: bool
    ) -> None:
        super().__init__()
        self.outputs = outputs
        self.on_edges = operations_on == "edges"
        form, self.draw = CHANNEL_SHARING[channel_sharing]
        layer = partial(form, widths=possible_widths(outputs), affine=affine, tracked=tracked)
        places = [str(vertex) for vertex in INTERIOR]
        self.projections = nn.ModuleDict({place: layer(inputs, kernel=1) for place in places})
        self.output_projection = ConvNormRelu(inputs, outputs, kernel=1, affine=affine, tracked=tracked)
        if self.on_edges:
            places = [f"{source}->{target}" for source, target in EDGES if target != OUTPUT]
        self.conv_3x3 = nn.ModuleDict({place: layer(None, kernel=3) for place in places})
        self.conv_1x1 = nn.ModuleDict({place: layer(None, kernel=1) for place in places})

    def forward(
        self, features: Tensor, path: Path, memo: Memo | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """The output along a path.

        Args:
            memo: keeps what earlier calls on the same features computed.
            generator: draws which channels narrow vertices use; without one they use the first.
        """
        memo = Memo() if memo is None else memo
        widths = path.widths(self.outputs)
        channels = self._channels(set(widths.values()), generator)
        values = {INPUT: features}
        for vertex, prefix in zip(path.vertices, path.prefixes(self.outputs), strict=True):
            compute = partial(self._vertex, vertex, values, path, channels[widths[vertex]], memo)
            values[vertex] = memo.recall(vertex, prefix, compute)
        leaving = [path.along_edge(source, OUTPUT, values[source]) for source in path.sources[OUTPUT] if source]
        if INPUT in path.sources[OUTPUT]:
            direct = memo.recall(OUTPUT, (), partial(self.output_projection, features))
            direct = path.along_edge(INPUT, OUTPUT, direct)
            return direct + torch.cat(leaving, 1) if leaving else direct
        return torch.cat(leaving, 1) if len(leaving) > 1 else leaving[0]

    def _channels(self, widths: set[int], generator: torch.Generator | None) -> dict[int, Channels]:
        if not widths or generator is None or self.draw is None:
            return first_channels(widths)
        return self.draw(self.outputs, widths, generator)

    def _vertex(self, vertex: int, values: Mapping[int, Tensor], path: Path, channels: Channels, memo: Memo) -> Tensor:
        width = path.widths(self.outputs)[vertex]
        arriving = []
        for source in path.sources[vertex]:
            if source == INPUT:
                project = partial(self.projections[str(vertex)], values[INPUT], channels)
                value = memo.recall((INPUT, vertex), width, project)
            else:
                value = truncated(values[source], width)
            if self.on_edges:
                value = self._operated(f"{source}->{vertex}", vertex, value, path, channels)
            arriving.append(path.along_edge(source, vertex, value))
        total = reduce(torch.add, arriving)
        return total if self.on_edges else self._operated(str(vertex), vertex, total, path, channels)

    def _operated(self, place: str, vertex: int, value: Tensor, path: Path, channels: Channels) -> Tensor:
        return path.mixed(vertex, [self._operation(o, place, value, channels) for o in path.operations[vertex - 1]])

    def _operation(self, operation: int, place: str, value: Tensor, channels: Channels) -> Tensor:
        if operation == MAX_POOL:
            return max_pool(value)
        convolutions = {CONV_3X3: self.conv_3x3, CONV_1X1: self.conv_1x1}[operation]
        return convolutions[place](value, channels)  # type: ignore[no-any-return]


def possible_widths(outputs: int) -> tuple[int, ...]:
    """Widths of vertices in a cell with so many output channels, ascending."""
    shares = range(1, min(len(INTERIOR), outputs) + 1)
    return tuple(sorted({width for count in shares for width in (outputs // count, -(-outputs // count))}))


def truncated(value: Tensor, width: int) -> Tensor:
    """The first channels; a source can have one more than the vertex that it feeds."""
    return value if value.shape[1] == width else value[:, :width]
