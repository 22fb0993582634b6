"""The recurrent controller of ENAS [Pham2018]: an LSTM that takes one decision after the other, given those before it.

Each option of each decision has a vector by which the LSTM hears that it was chosen, and each decision a layer of its
own that gives its logits. All weights start in U(-0.1, 0.1), as in the paper.

References:
    [Pham2018] Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", ICML 2018.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nasrank.spaces.decisions import Decision


class Controller(nn.Module):
    """A distribution over choices, one decision after the other.

    Its weights are drawn from torch's global random state.

    Args:
        hidden: width of the LSTM.
        tanh: logits x become `tanh` times tanh(x), so that none is greater; None leaves them as they are.
        temperature: by which they are divided before.
        left: options that each decision can choose; all of them where this is None.
    """

    def __init__(
        self,
        decisions: Sequence[Decision],
        *,
        hidden: int,
        tanh: float | None,
        temperature: float,
        left: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        places, most = len(decisions), max(len(decision.options) for decision in decisions)
        self.shape = (places, most)
        self.tanh, self.temperature = tanh, temperature
        self.embedding = nn.Embedding(places * most + 1, hidden)  # the last stands before the first decision
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.heads = nn.Parameter(torch.empty(places, hidden, most))
        self.absent = torch.ones(places, most, dtype=torch.bool)
        for place, options in enumerate(left or [range(len(decision.options)) for decision in decisions]):
            self.absent[place, list(options)] = False
        for weights in self.parameters():
            nn.init.uniform_(weights, -0.1, 0.1)

    def log_probabilities(self, choices: Tensor) -> Tensor:
        """Of whole sequences of choices `(n, decisions)`: `(n,)`."""
        places, most = self.shape
        tokens = choices + most * torch.arange(places)
        before = torch.cat([torch.full((len(choices), 1), places * most), tokens[:, :-1]], dim=1)
        hidden, _ = self.lstm(self.embedding(before))
        each = self._log_softmax(torch.einsum("nph,pho->npo", hidden, self.heads), self.absent)
        return each.gather(2, choices[..., None]).sum((1, 2))

    @torch.no_grad()
    def decode(self, noise: Tensor) -> Tensor:
        """Choices `(n, decisions)`, each the option of greatest log-probability plus noise.

        Args:
            noise: `(n, decisions, most options)`; samples have Gumbel noise and the greedy sequence none.
        """
        places, most = self.shape
        tokens, state, chosen = torch.full((len(noise),), places * most), None, []
        for place in range(places):
            hidden, state = self.lstm(self.embedding(tokens)[:, None], state)
            each = self._log_softmax(hidden[:, 0] @ self.heads[place], self.absent[place])
            chosen.append((each + noise[:, place]).argmax(1))
            tokens = chosen[-1] + most * place
        return torch.stack(chosen, dim=1)

    def _log_softmax(self, outputs: Tensor, absent: Tensor) -> Tensor:
        logits = outputs / self.temperature
        if self.tanh is not None:
            logits = self.tanh * torch.tanh(logits)
        return logits.masked_fill(absent, -torch.inf).log_softmax(-1)
