"""What has been learned from a space, kept and used elsewhere: encoder, clusters and heads.

An embedding is made of what the graph amounts to, what the encoder makes of it, or both. Each of its numbers is
standardized within the space at hand, over a sample of architectures without labels: networks of one space may be eight
times as wide as those of another, and it is what is large or deep among its own kind that is expected to do well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
import torch

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.transfer.encoder import GraphEncoder, encoded
from nasrank.predictors.transfer.graph_set import GraphSet
from nasrank.predictors.transfer.heads import Heads
from nasrank.predictors.transfer.sources import computation_graph
from nasrank.predictors.transfer.totals import totals
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.space import SearchSpace

STANDARDIZED_BY, SAMPLE_SEED = 300, 0
"""How many architectures a space is sampled for, and with what seed."""

SMALLEST_DEVIATION = 1e-6
"""By which what is the same in all architectures of a space is divided."""

Scale: TypeAlias = tuple[FloatArray, FloatArray]
"""Mean and deviation of each number of an embedding."""


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A predictor that has learned.

    Attributes:
        source: name of what it has learned from.
        amounts: whether embeddings have `nasrank.predictors.transfer.totals`.
        encoder: in double precision, so that a score does not depend on what is scored with it; None where embeddings
            do without one.
        heads: on standardized embeddings.
    """

    source: str
    amounts: bool
    encoder: GraphEncoder | None
    heads: Heads
    _seen: dict[tuple[str, Any], FloatArray] = field(default_factory=dict, repr=False)
    _scales: dict[str, Scale] = field(default_factory=dict, repr=False)

    def embeddings(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        """Standardized embeddings `(n, embedding)`; those of a space's architectures are computed once.

        Raises:
            ValueError: an architecture of another space.
        """
        raw = self._raw(space, architectures)
        if space.name not in self._scales:
            count = min(STANDARDIZED_BY, len(space)) if isinstance(space, Enumerated) else STANDARDIZED_BY
            sample = space.sample(np.random.default_rng(SAMPLE_SEED), count)
            self._scales[space.name] = scale(self._raw(space, sample))
        return standardized(raw, self._scales[space.name])

    def _raw(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        kept = [(space.name, space.functional(one, silence_is_zero=True)) for one in architectures]
        new = [one for one in dict.fromkeys(kept) if one not in self._seen]
        if new:
            graphs = GraphSet(computation_graph(space, architecture) for _, architecture in new)
            self._seen.update(zip(new, embedded(graphs, self.amounts, self.encoder), strict=True))
        return np.array([self._seen[one] for one in kept])

    def save(self, path: Path) -> None:
        """Write all of it as an npz file, without pickles; scales of spaces are found again."""
        encoder = {} if self.encoder is None else self.encoder.state_dict()
        weights = {f"encoder.{name}": values.numpy() for name, values in encoder.items()}
        weights |= {f"heads.{name}": values.numpy() for name, values in self.heads.state_dict().items()}
        plain = {"source": np.array(self.source), "amounts": np.array(self.amounts), "centres": self.heads.centres}
        np.savez_compressed(path, allow_pickle=False, **plain, **weights)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` has written.

        Raises:
            ValueError: the file holds something else.
        """
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        layers = sum(name.startswith("encoder.layers.") and name.endswith("own.bias") for name in arrays)
        try:
            encoder = GraphEncoder(len(arrays["encoder.enter.bias"]), layers).double() if layers else None
            heads = Heads(arrays["centres"], np.random.default_rng(0))
            for module, prefix in ((encoder, "encoder."), (heads, "heads.")):
                own = {name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)}
                if module is not None:
                    module.load_state_dict({name: torch.from_numpy(values) for name, values in own.items()})
            return cls(str(arrays["source"]), bool(arrays["amounts"]), encoder, heads)
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"{path} holds no pre-trained predictor: {error}") from error

    def __getstate__(self) -> dict[str, Any]:
        """Without embeddings, which can be computed again."""
        return {**self.__dict__, "_seen": {}}


def embedded(graphs: GraphSet, amounts: bool, encoder: GraphEncoder | None) -> FloatArray:
    """Embeddings `(graphs, embedding)` as they are."""
    parts = [] if encoder is None else [encoded(encoder, graphs)]
    if amounts:
        parts.append(np.array([totals(graphs.graph(place)) for place in range(len(graphs))]))
    return np.hstack(parts)


def scale(embeddings: FloatArray) -> Scale:
    """What to standardize these embeddings `(n, embedding)` by."""
    return embeddings.mean(0), np.maximum(embeddings.std(0), SMALLEST_DEVIATION)


def standardized(embeddings: FloatArray, by: Scale) -> FloatArray:
    """Embeddings on this scale; what does not differ in a space stays near 0 where it differs elsewhere."""
    mean, deviation = by
    return np.where(deviation > SMALLEST_DEVIATION, (embeddings - mean) / deviation, 0.0)
