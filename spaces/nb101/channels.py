"""How wide each vertex of a NAS-Bench-101 cell is [Ying2019].

The output is the concatenation of the vertices that feed it, so they share its channels among them; the first ones get
one more where that does not come out even. Any other vertex is as wide as the widest one it feeds.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from nasrank.spaces.nb101.cell import edge_bit


def vertex_channels(edges: int, vertices: int, inputs: int, outputs: int) -> tuple[int, ...]:
    """Channels of every vertex `(vertices,)` of a graph all of whose vertices lie on a path from input to output.

    Args:
        edges: bits as in `Cell.edges`.
        inputs: channels that come into the cell.
        outputs: channels that leave it.

    Raises:
        ValueError: fewer output channels than vertices that share them.
    """
    last = vertices - 1
    feeding = [vertex for vertex in range(1, last) if edges & edge_bit(vertex, last)]
    if len(feeding) > outputs:
        raise ValueError(f"{len(feeding)} vertices cannot share {outputs} channels")
    channels = [0] * vertices
    channels[0], channels[last] = inputs, outputs
    for place, vertex in enumerate(feeding):
        channels[vertex] = outputs // len(feeding) + (place < outputs % len(feeding))
    for vertex in reversed(range(1, last)):
        fed = [target for target in range(vertex + 1, last) if edges & edge_bit(vertex, target)]
        if vertex not in feeding:
            channels[vertex] = max(channels[target] for target in fed)
    return tuple(channels)
