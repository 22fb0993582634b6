"""Changes of graphs that leave it open how good a network is, so that an encoder does not lean on what they change.

Spaces differ in the widths of their networks, and in how the same operations are written down. Each time a graph is
seen in training, all its widths grow or shrink by one factor, and some features of its nodes are hidden, the same ones
in all of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from nasrank.predictors.transfer.computation_graph import CHANNELS
from nasrank.predictors.transfer.graph_set import GraphBatch

HIDDEN_SHARE = 0.15
"""Of features that are hidden."""

WIDEST_SHIFT = 0.35
"""Of the feature that says how many channels there are, up or down: by a factor of up to nine."""


def augmented(batch: GraphBatch, generator: np.random.Generator) -> GraphBatch:
    """The same graphs with other widths and without some features; the generator decides which."""
    graphs, features = batch.whole.shape[0], batch.features.shape[1]
    owners = np.repeat(np.arange(graphs), np.diff(batch.whole.indptr))
    shown = generator.random((graphs, features)) >= HIDDEN_SHARE
    shifts = np.zeros((graphs, features))
    shifts[:, CHANNELS] = generator.uniform(-WIDEST_SHIFT, WIDEST_SHIFT, size=(graphs, 1))
    moved = batch.features + torch.from_numpy(shifts[owners]).to(batch.features)
    return replace(batch, features=moved * torch.from_numpy(shown[owners]))
