"""The recurrent controller of ENAS [Pham2018]: an LSTM that takes one decision after the other, given those before it.

Each option of each decision has a vector by which the LSTM hears that it was chosen, and each decision a layer of its
own that gives its logits. All weights start in U(-0.1, 0.1), as in the paper.

References:
    [Pham2018] Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", ICML 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
        open_options: which options the next decision can choose after some choices; all that are left where it is None.
    """

    def __init__(
        self,
        decisions: Sequence[Decision],
        *,
        hidden: int,
        tanh: float | None,
        temperature: float,
        left: Sequence[Sequence[int]] | None = None,
        open_options: Callable[[Sequence[int]], Sequence[bool]] | None = None,
    ) -> None:
        super().__init__()
        self._open_options = open_options
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
        absent = self.absent
        if self._open_options:
            absent = torch.stack([self._closed(choices[:, :place]) for place in range(places)], dim=1)
        each = self._log_softmax(torch.einsum("nph,pho->npo", hidden, self.heads), absent)
        return each.gather(2, choices[..., None]).sum((1, 2))

    @torch.no_grad()
    def decode(self, noise: Tensor) -> Tensor:
        """Choices `(n, decisions)`, each the option of greatest log-probability plus noise.

        Args:
            noise: `(n, decisions, most options)`; samples have Gumbel noise and the greedy sequence none.
        """
        places, most = self.shape
        tokens, state = torch.full((len(noise),), places * most), None
        chosen: list[Tensor] = []
        for place in range(places):
            hidden, state = self.lstm(self.embedding(tokens)[:, None], state)
            absent = self.absent[place]
            if self._open_options:
                absent = self._closed(torch.stack(chosen, dim=1) if chosen else torch.empty(len(noise), 0))
            each = self._log_softmax(hidden[:, 0] @ self.heads[place], absent)
            chosen.append((each + noise[:, place]).argmax(1))
            tokens = chosen[-1] + most * place
        return torch.stack(chosen, dim=1)

    def _closed(self, chosen: Tensor) -> Tensor:
        """Options that the next decision cannot choose after each of these choices `(n, before)`: `(n, most)`."""
        assert self._open_options is not None
        closed = self.absent[chosen.shape[1]].repeat(len(chosen), 1)
        for row, before in enumerate(chosen.int().tolist()):
            possible = self._open_options(before)
            closed[row, : len(possible)] |= ~torch.tensor(possible)
        return closed

    def _log_softmax(self, outputs: Tensor, absent: Tensor) -> Tensor:
        logits = outputs / self.temperature
        if self.tanh is not None:
            logits = self.tanh * torch.tanh(logits)
        return logits.masked_fill(absent, -torch.inf).log_softmax(-1)
