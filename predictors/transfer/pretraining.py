"""Learning from one space what is to be used in another: encoder, clusters and heads.

    pretrained = pretrain(SPACES["nb101"], Labels(cells, accuracies), seed=0)
    scores = Transferable(pretrained).prepared(Context(SPACES["nb201"])).score(others)

Graphs are clustered by their embeddings, and a head a cluster learns the labels. These count by their ranks, as normal
scores, so that those of two spaces compare. Where embeddings have a part of an encoder's, this learns two tasks at once
before: the contrastive one of `nasrank.predictors.transfer.contrastive`, and to predict the labels through a head that
is thrown away. Then it stays as it is.

In GENNAPE [Mills2023] the encoder learns the contrastive task first, and labels come with the heads (`labelled=False`
here); what a graph amounts to as a whole is not in its embeddings (`amounts=False`).

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import ndtri
from scipy.stats import rankdata
from torch import Tensor, nn

from nasrank.predictors.arrays import FloatArray, IntArray
from nasrank.predictors.estimator import Labels
from nasrank.predictors.transfer.augmentation import augmented
from nasrank.predictors.transfer.contrastive import contrastive_loss, structure
from nasrank.predictors.transfer.encoder import HIDDEN, LAYERS, GraphEncoder
from nasrank.predictors.transfer.graph_set import GraphSet
from nasrank.predictors.transfer.heads import Heads
from nasrank.predictors.transfer.pretrained import Pretrained, embedded, scale, standardized
from nasrank.predictors.transfer.sources import graph_set
from nasrank.spaces.space import SearchSpace


@dataclass(frozen=True)
class Recipe:
    """How to pre-train.

    Attributes:
        amounts: whether embeddings have what a graph amounts to as a whole.
        encoder: whether they have what an encoder makes of it; what follows is about that, but for the clusters.
            Without amounts, encoders that differed in seed or recipe ranked NAS-Bench-201 after NAS-Bench-101 with
            Spearman correlations from -.39 to .63; amounts alone had .70 to .76. Both together are not measured.
        updates: of the encoder.
        batch_size: graphs an update.
        learning_rate: at the beginning; it falls linearly to zero.
        contrastive: weight of the contrastive loss; 0 leaves it out.
        labelled: whether the encoder learns from labels, too.
        augmented: whether it sees graphs with other widths and hidden features each time.
        clusters: how many heads there are.
        hidden: features of a node in every layer of the encoder, of which there are so many `layers`.
    """

    amounts: bool = True
    encoder: bool = False
    updates: int = 500
    batch_size: int = 32
    learning_rate: float = 2e-3
    contrastive: float = 1.0
    labelled: bool = True
    augmented: bool = True
    clusters: int = 5
    hidden: int = HIDDEN
    layers: int = LAYERS


def pretrain(space: SearchSpace[Any], labels: Labels, seed: int, recipe: Recipe | None = None) -> Pretrained:
    """What the labels of this space teach; the same seed gives the same bits.

    A thousand labels take a minute or less on one core, most of it for tracing graphs.
    """
    return pretrained_on(graph_set(space, labels.architectures), labels.accuracies, space.name, seed, recipe)


def pretrained_on(
    graphs: GraphSet, labels: FloatArray, source: str, seed: int, recipe: Recipe | None = None
) -> Pretrained:
    """The same from graphs and their labels `(n,)`, whatever networks these are of; `source` names them.

    Raises:
        ValueError: the recipe leaves out all that embeddings are made of.
    """
    recipe, generator = recipe or Recipe(), np.random.default_rng(seed)
    if not (recipe.amounts or recipe.encoder):
        raise ValueError("a recipe with neither amounts nor an encoder leaves nothing to learn from")
    encoder = trained_encoder(graphs, labels, recipe, generator) if recipe.encoder else None
    raw = embedded(graphs, recipe.amounts, encoder)
    heads = Heads.fitted(standardized(raw, scale(raw)), normal_scores(labels), recipe.clusters, generator)
    return Pretrained(source, recipe.amounts, encoder, heads)


def normal_scores(labels: FloatArray) -> FloatArray:
    """What the ranks of labels would be worth if they were normally distributed, `(n,)`; equal ones stay equal."""
    return np.asarray(ndtri((rankdata(labels) - 0.5) / len(labels)))


def trained_encoder(
    graphs: GraphSet, labels: FloatArray, recipe: Recipe, generator: np.random.Generator
) -> GraphEncoder:
    """An encoder that has learned from graphs and their labels `(n,)`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(generator.integers(2**63)))
        encoder = GraphEncoder(recipe.hidden, recipe.layers)
        head = nn.Sequential(nn.Linear(encoder.embedding, recipe.hidden), nn.Tanh(), nn.Linear(recipe.hidden, 1))
    wanted, table = torch.from_numpy(normal_scores(labels)).float(), graphs.table()
    structures = _structures(graphs) if recipe.contrastive else None
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=recipe.learning_rate)
    batches = _batches(len(graphs), recipe.batch_size, generator)
    for update in range(recipe.updates):
        optimizer.param_groups[0]["lr"] = recipe.learning_rate * (1 - update / recipe.updates)
        places = next(batches)
        batch = graphs.batch(places, table)
        embeddings = encoder(augmented(batch, generator) if recipe.augmented else batch)
        loss = embeddings.new_zeros(())
        if recipe.labelled:
            loss = loss + F.mse_loss(head(embeddings)[:, 0], wanted[places])
        if structures is not None:
            loss = loss + recipe.contrastive * contrastive_loss(embeddings, structures[places])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    encoder.enter.weight.data[:, ~table.any(0)] = 0  # random weights of what it has never seen are no news
    return encoder.double()


def _structures(graphs: GraphSet) -> Tensor:
    return torch.from_numpy(np.array([structure(graphs.graph(place)) for place in range(len(graphs))])).float()


def _batches(count: int, size: int, generator: np.random.Generator) -> Iterator[IntArray]:
    """Places without end, each once before one comes again."""
    size = min(size, count)
    while True:
        order = generator.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]
