"""The neural predictor [Wen2020]: graph convolutions along and against the edges, then a perceptron.

It differs from the paper, whose one network minimizes the squared error of accuracies, in what made it better or
quicker here: an ensemble, ranks for accuracies, the order of pairs beside the squared error, and a readout that tells
how many nodes there are.

References:
    [Wen2020] Wen, Liu, Chen, Li, Bender & Kindermans, "Neural Predictor for Neural Architecture Search", ECCV 2020.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.learned.encoder import GraphEncoder, Linear
from nasrank.predictors.learned.graph_batch import GraphBatch
from nasrank.predictors.learned.network_predictor import RankPredictor

MEMBERS, WIDTH, LAYERS, HIDDEN = 4, 48, 4, 64


@ESTIMATORS.register
class NeuralPredictor(RankPredictor):
    """The predicted rank among the labels, in standard deviations from their mean."""

    name = "neural_predictor"
    label = "neural predictor on the same labels"

    def build(self, words: int, nodes: float, generator: torch.Generator) -> nn.Module:
        encoder = GraphEncoder(MEMBERS, words, WIDTH, LAYERS, nodes=nodes, generator=generator)
        return Regressor(encoder, encoder.width, generator)


class Regressor(nn.Module):
    """A perceptron with one hidden layer on an encoder's `(members, n, width)`; the output is `(members, n)`."""

    def __init__(self, encoder: nn.Module, width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.encoder = encoder
        self.hidden = Linear(MEMBERS, width, HIDDEN, generator)
        self.head = Linear(MEMBERS, HIDDEN, 1, generator)

    def forward(self, graphs: GraphBatch) -> Tensor:
        outputs: Tensor = self.head(F.relu(self.hidden(self.encoder(graphs))))
        return outputs.squeeze(-1)
