"""What has been learned from a space, kept and used elsewhere: encoder, scale of embeddings, clusters and heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.transfer.encoder import GraphEncoder, encoded
from nasrank.predictors.transfer.graph_set import GraphSet
from nasrank.predictors.transfer.heads import Heads
from nasrank.predictors.transfer.sources import computation_graph
from nasrank.spaces.space import SearchSpace


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A predictor that has learned.

    Attributes:
        source: name of what it has learned from.
        encoder: in double precision, so that a score does not depend on what is scored with it.
        mean: of the source's embeddings `(embedding,)`, and likewise their `deviation`.
        heads: on standardized embeddings.
    """

    source: str
    encoder: GraphEncoder
    mean: FloatArray
    deviation: FloatArray
    heads: Heads
    _seen: dict[tuple[str, Any], FloatArray] = field(default_factory=dict, repr=False)

    def embeddings(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        """Standardized embeddings `(n, embedding)`; those of a space's architectures are computed once.

        Raises:
            ValueError: an architecture of another space.
        """
        kept = [(space.name, space.functional(one, silence_is_zero=True)) for one in architectures]
        new = [one for one in dict.fromkeys(kept) if one not in self._seen]
        if new:
            graphs = GraphSet(computation_graph(space, architecture) for _, architecture in new)
            self._seen.update(zip(new, self.embedded(graphs), strict=True))
        return np.array([self._seen[one] for one in kept]).reshape(len(kept), len(self.mean))

    def embedded(self, graphs: GraphSet) -> FloatArray:
        """Standardized embeddings of graphs, `(graphs, embedding)`."""
        return (encoded(self.encoder, graphs) - self.mean) / self.deviation

    def save(self, path: Path) -> None:
        """Write all of it as an npz file, without pickles."""
        arrays = {f"encoder.{name}": values.numpy() for name, values in self.encoder.state_dict().items()}
        arrays |= {f"heads.{name}": values.numpy() for name, values in self.heads.state_dict().items()}
        np.savez_compressed(
            path,
            allow_pickle=False,
            source=np.array(self.source),
            mean=self.mean,
            deviation=self.deviation,
            centres=self.heads.centres,
            **arrays,
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` has written.

        Raises:
            ValueError: the file holds something else.
        """
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        try:
            hidden = len(arrays["mean"])
            layers = sum(name.startswith("encoder.layers.") and name.endswith("own.bias") for name in arrays)
            encoder = GraphEncoder(hidden, layers).double()
            heads = Heads(arrays["centres"], np.random.default_rng(0))
            for module, prefix in ((encoder, "encoder."), (heads, "heads.")):
                own = {name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)}
                module.load_state_dict({name: torch.from_numpy(values) for name, values in own.items()})
            return cls(str(arrays["source"]), encoder, arrays["mean"], arrays["deviation"], heads)
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"{path} holds no pre-trained predictor: {error}") from error

    def __getstate__(self) -> dict[str, Any]:
        """Without embeddings, which can be computed again."""
        return {**self.__dict__, "_seen": {}}
