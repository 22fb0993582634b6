"""The encoder, predictor and decoder of neural architecture optimization [Luo2018].

An LSTM encodes the choices of an architecture as one unit vector a decision; their mean, made a unit vector again, is
its embedding. A perceptron predicts the target from the embedding, and an LSTM that attends to the encoding decodes it
back to choices. All three are trained together, on 0.8 times the squared error plus 0.2 times the cross-entropy of the
reconstruction. A better architecture is then what an encoding decodes to after a step up the predictor's gradient.

The loss and the step up the gradient are the paper's. The layers are narrower, without dropout, and 250 updates of 50
architectures stand for its 1000 epochs, so that a fit takes two or three seconds. For that the learning rate is five
times as high and falls linearly to zero: at the paper's, hardly anything would decode to what was encoded by then.

References:
    [Luo2018] Luo et al., "Neural Architecture Optimization", NeurIPS 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata
from torch import Tensor, nn

from nasrank.predictors.arrays import FloatArray, IntArray, finite, integers
from nasrank.predictors.estimator import ESTIMATORS, Context, Estimator, Need
from nasrank.spaces.space import SearchSpace

EMBEDDING, HIDDEN, PREDICTOR_HIDDEN = 32, 64, 64
UPDATES, BATCH_SIZE = 250, 50
LEARNING_RATE, WEIGHT_DECAY, CLIP = 5e-3, 1e-4, 5.0
PREDICTION_WEIGHT = 0.8

LONGEST_STEP = 50
"""Up the gradient, of architectures that are proposed."""


class EncoderPredictorDecoder:
    """Predicts a number from choices, and proposes choices for which it predicts a higher one.

    Args:
        options: how many options each decision has.
        generator: decides the initial weights and the batches of every fit.
    """

    def __init__(self, options: Sequence[int], generator: np.random.Generator) -> None:
        self.options = tuple(options)
        self._generator = generator

    def fit(self, choices: IntArray, targets: FloatArray) -> None:
        """Start anew and learn the targets `(n,)` of choices `(n, decisions)`.

        Raises:
            ValueError: no rows, another shape, choices that are no integers or out of range, or targets that are NaN,
                infinite, masked or no numbers.
        """
        sequences = self._tensor(choices)
        if np.shape(targets) != (len(choices),) or not len(choices):
            raise ValueError(
                f"targets of shape {np.shape(targets)} for {len(choices)} choices: give one each, and some"
            )
        targets = finite("targets", targets)
        self._low, self._range = float(targets.min()), float(np.ptp(targets))
        normalized = torch.tensor((targets - self._low) / (self._range or 1.0), dtype=torch.float32)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self._generator.integers(2**63)))
            self._network = _Network(self.options)
        optimizer = torch.optim.Adam(self._network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        for update in range(UPDATES):
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * (1 - update / UPDATES)
            rows = self._generator.choice(len(choices), size=min(BATCH_SIZE, len(choices)), replace=False)
            loss = self._network.loss(sequences[rows], normalized[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self._network.parameters(), CLIP)
            optimizer.step()

    def to_double_precision(self) -> None:
        """Predict and decode in float64 until the next fit: what else is predicted then makes no visible difference."""
        self._network.double()

    def predict(self, choices: IntArray) -> FloatArray:
        """Predicted targets `(n,)` of choices `(n, decisions)`, within the range of those that were learned."""
        with torch.no_grad():
            shares = self._network.predict(self._network.encode(self._tensor(choices)))
        return self._low + self._range * shares.double().numpy()

    def improve(self, choices: IntArray, length: float) -> IntArray:
        """What choices `(n, decisions)` decode to after a gradient step of this length on their encoding.

        A step of length zero reconstructs them, as well as the decoder has learned to. Nothing says that what comes
        of a longer one is new or is an architecture of the space.
        """
        encoding = self._network.encode(self._tensor(choices)).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self._network.predict(encoding).sum(), encoding)
        with torch.no_grad():
            return self._network.decode(F.normalize(encoding + length * gradient, dim=-1)).numpy()

    def _tensor(self, choices: IntArray) -> Tensor:
        choices = integers("choices", choices)
        if choices.ndim != 2 or choices.shape[1] != len(self.options):
            raise ValueError(f"choices have shape {choices.shape}, not (n, {len(self.options)})")
        if ((choices < 0) | (choices >= self.options)).any():
            raise ValueError(f"some of the choices are not options of their decisions, which have {self.options}")
        return torch.from_numpy(np.ascontiguousarray(choices))


@ESTIMATORS.register
class NaoPredictor(Estimator):
    """The prediction of the three, fitted to the ranks of labels; the networks have no place for known scores.

    Fitted to accuracies, as in the paper, Kendall's tau was 0.04 lower with 30 labels of NAS-Bench-201, 0.08 with 100.
    """

    name = "nao"
    label = "NAO predictor on the same labels"
    needs: ClassVar[frozenset[Need]] = frozenset({"generator", "labels"})

    def prepare(self, context: Context) -> None:
        """Fit, anew; of the context, the space is remembered."""
        assert context.generator is not None
        assert context.labels is not None
        super().prepare(Context(context.space))
        self._model = EncoderPredictorDecoder([len(one.options) for one in context.space.decisions], context.generator)
        choices = _choices(context.space, context.labels.architectures)
        self._model.fit(choices, rankdata(context.labels.accuracies))
        self._model.to_double_precision()
        self._best_first = choices[np.argsort(-context.labels.accuracies, kind="stable")]
        self._labelled = {context.space.key(architecture) for architecture in context.labels.architectures}

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """The predicted rank among the labels `(n,)`, as of `Estimator.score`."""
        if len(architectures) == 0:
            return np.empty(0)
        choices = _choices(self.context.space, architectures)
        return self._model.predict(choices)

    def propose(self, count: int, starts: int = 100) -> list[Any]:
        """New architectures that are expected to be better: what the best labelled ones become up the gradient.

        Steps get longer, from 1 to `LONGEST_STEP`, until there are enough. What comes of shorter ones stands first, and
        of equal ones what came from the better start. What is not predicted to be better than its start is left out, as
        the decoder has its errors, and so is what has the key of a labelled one, or of another.

        Args:
            count: how many at most; there may be fewer, as many encodings decode to one architecture.
            starts: how many of the labelled ones steps start from.

        Raises:
            ValueError: fewer than none are wanted, there is no start, or nothing has been prepared.
        """
        if count < 0 or starts < 1:
            raise ValueError(f"{count} architectures from {starts} starts: ask for 0 or more, from 1 or more")
        space, found, seen = self.context.space, list[Any](), set(self._labelled)
        expected = self._model.predict(self._best_first[:starts])
        for length in range(1, LONGEST_STEP + 1):
            improved = self._model.improve(self._best_first[:starts], length)
            better = self._model.predict(improved) > expected
            for choices in improved[better].tolist():
                if len(found) == count:
                    return found
                if not space.allows(choices):
                    continue
                architecture = space.from_choices(choices)
                if (key := space.key(architecture)) not in seen:
                    seen.add(key)
                    found.append(architecture)
        return found


def _choices(space: SearchSpace[Any], architectures: Sequence[Any]) -> IntArray:
    """Of each architecture, `(n, decisions)`."""
    return np.array([space.to_choices(architecture) for architecture in architectures], dtype=np.int64)


class _Network(nn.Module):
    """An encoding has shape `(n, decisions, HIDDEN)`.

    Options of different decisions are different words. They are numbered alike within each decision, so that words a
    decision lacks are merely never used.
    """

    def __init__(self, options: Sequence[int]) -> None:
        super().__init__()
        self.places, self.most = len(options), max(options)
        self.absent = torch.arange(self.most) >= torch.tensor(options)[:, None]
        self.words = nn.Embedding(self.places * self.most + 1, EMBEDDING)  # the last stands before the first decision
        self.encoder = nn.LSTM(EMBEDDING, HIDDEN, batch_first=True)
        self.predictor = nn.Sequential(
            nn.Linear(HIDDEN, PREDICTOR_HIDDEN),
            nn.ReLU(),
            nn.Linear(PREDICTOR_HIDDEN, PREDICTOR_HIDDEN),
            nn.ReLU(),
            nn.Linear(PREDICTOR_HIDDEN, 1),
        )
        self.decoder = nn.LSTM(EMBEDDING, HIDDEN, batch_first=True)
        self.attended = nn.Linear(2 * HIDDEN, HIDDEN)
        self.head = nn.Linear(HIDDEN, self.places * self.most)

    def loss(self, choices: Tensor, targets: Tensor) -> Tensor:
        encoding = self.encode(choices)
        error = F.mse_loss(self.predict(encoding), targets)
        start = torch.full((len(choices), 1), self.places * self.most)
        hidden, _ = self.decoder(self.words(torch.cat([start, self._numbers(choices)[:, :-1]], 1)), _state(encoding))
        own = torch.arange(self.places)
        scores = self._scores(hidden, encoding)[:, own, own].masked_fill(self.absent, -torch.inf)
        reconstruction = F.cross_entropy(scores.flatten(0, 1), choices.flatten())
        return PREDICTION_WEIGHT * error + (1 - PREDICTION_WEIGHT) * reconstruction

    def encode(self, choices: Tensor) -> Tensor:
        return F.normalize(self.encoder(self.words(self._numbers(choices)))[0], dim=-1)

    def predict(self, encoding: Tensor) -> Tensor:
        """In [0, 1], `(n,)`."""
        outputs: Tensor = self.predictor(_embedding(encoding))
        return outputs.squeeze(1).sigmoid()

    def decode(self, encoding: Tensor) -> Tensor:
        """The most likely choices `(n, decisions)`, one decision after the other."""
        state, chosen = _state(encoding), []
        words = torch.full((len(encoding),), self.places * self.most)
        for place in range(self.places):
            hidden, state = self.decoder(self.words(words)[:, None], state)
            scores = self._scores(hidden, encoding)[:, 0, place].masked_fill(self.absent[place], -torch.inf)
            chosen.append(scores.argmax(1))
            words = chosen[-1] + self.most * place
        return torch.stack(chosen, dim=1)

    def _scores(self, hidden: Tensor, encoding: Tensor) -> Tensor:
        """Of every word, as `(n, steps, decisions, options)`, from the decoder's hidden states `(n, steps, HIDDEN)`."""
        attention = (hidden @ encoding.mT).softmax(-1)
        outputs: Tensor = self.head(self.attended(torch.cat([attention @ encoding, hidden], -1)).tanh())
        return outputs.reshape(*outputs.shape[:-1], self.places, self.most)

    def _numbers(self, choices: Tensor) -> Tensor:
        return choices + self.most * torch.arange(self.places)


def _embedding(encoding: Tensor) -> Tensor:
    return F.normalize(encoding.mean(1), dim=-1)


def _state(encoding: Tensor) -> tuple[Tensor, Tensor]:
    """What the decoder starts from, as hidden state and as memory."""
    return (_embedding(encoding)[None],) * 2
