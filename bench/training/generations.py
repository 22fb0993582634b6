"""Training in generations: first one super-net for the whole space, then copies of it, each for a part [Zhao2021].

A strategy of one generation, as most are, is trained as `train` does. Otherwise it divides its space when a generation
ends; a deep copy of its super-net then trains on each part with the part's own landmarks, and may be divided again.
The parts of a super-net come one after the other, each with all that descends from it, so that no more super-nets are
alive than there are generations. A super-net that waits for its parts has no gradients, and no momentum unless they
go on with it.

References:
    [Zhao2021] Zhao et al., "Few-shot Neural Architecture Search", ICML 2021.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest
from math import fsum

import numpy as np
import torch

from nasrank.bench.tasks import Task
from nasrank.bench.training.step import Batch, Step
from nasrank.bench.training.strategies.strategy import Strategy
from nasrank.bench.training.terms.term import Term
from nasrank.bench.training.trainer import Optimization, Record, train
from nasrank.spaces.subspace import Choosable, owns
from nasrank.spaces.supernet import SuperNet

OnLeaf = Callable[[SuperNet, Choosable], None]
"""Called with a super-net that is trained to the end and the space, or part of it, that it is to score."""


def train_generations(
    supernet: SuperNet,
    task: Task,
    strategy: Strategy,
    terms: Sequence[Term],
    optimization: Optimization,
    batches: Iterator[Batch],
    held_out: dict[str, Iterator[Batch]],
    *,
    on_leaf: OnLeaf,
    after_step: Callable[[int, int], None] = lambda done, total: None,
    on_row: Callable[[dict[str, float]], None] = lambda row: None,
) -> Record:
    """Train all generations of a strategy; the super-net itself is left as the first one trained it.

    The compute of all generations and of the divisions between them comes to `optimization.passes`, up to rounding.
    The learning rate falls from its start to its end for every super-net or, where a strategy does not anneal anew,
    once over all generations.

    Args:
        on_leaf: together, the parts it is called with own every architecture once. The super-net is dropped after.
        after_step: as `train` calls it, in the first generation only; the total is of all generations.
        on_row: as `train` calls it, for every super-net.

    Returns:
        The steps of all super-nets; rows of later generations are averages over their super-nets.

    Raises:
        ValueError: a super-net gets less compute than a step takes.
        FloatingPointError: as by `train`.
    """
    total = optimization.passes // strategy.passes_per_step
    generations = _Generations(task, optimization, batches, held_out, on_leaf, on_row)
    generations.train(
        supernet,
        strategy,
        terms,
        strategy.generations,
        optimization.passes,
        after_step=lambda done, _: after_step(done, total),
    )
    return generations.record()


@dataclass(frozen=True)
class _Generations:
    """What all super-nets have in common, and their records by where their training began."""

    task: Task
    optimization: Optimization
    batches: Iterator[Batch]
    held_out: dict[str, Iterator[Batch]]
    on_leaf: OnLeaf
    on_row: Callable[[dict[str, float]], None]
    records: defaultdict[float, list[Record]] = field(default_factory=lambda: defaultdict(list))

    def train(
        self,
        supernet: SuperNet,
        strategy: Strategy,
        terms: Sequence[Term],
        shares: Sequence[float],
        passes: int,
        after_step: Callable[[int, int], None] = lambda done, total: None,
        optimizer: torch.optim.Optimizer | None = None,
    ) -> None:
        """A super-net and all that descend from it.

        Args:
            shares: of this generation and the later ones, in the compute of the whole.
            passes: what the super-net and its descendants are to spend.
            optimizer: to go on with.
        """
        start, end = 1 - fsum(shares), 1 - fsum(shares[1:])
        optimizer = optimizer or self.optimization.optimizer_of(supernet)
        optimization = replace(self.optimization, passes=round(passes * shares[0] / fsum(shares)))
        record = train(
            supernet,
            self.task,
            strategy,
            terms,
            optimization,
            self.batches,
            self.held_out,
            after_step,
            (start, end),
            on_row=self.on_row,
            course=(0.0, 1.0) if strategy.anneals_anew else (start, end),
            optimizer=optimizer,
        )
        self.records[start].append(record)
        if not shares[1:]:
            self.on_leaf(supernet, strategy.space)
            return

        if strategy.anneals_anew:
            optimizer = None
        parts = self._divide(supernet, strategy, end)
        supernet.zero_grad()
        left = passes - optimization.passes - strategy.passes_per_division
        passes_each = left // len(parts)
        if passes_each * shares[1] / fsum(shares[1:]) < strategy.passes_per_step:
            raise ValueError(
                f"{strategy.label} has {left} of {self.optimization.passes} passes left for {len(parts)} super-nets:"
                f" not a step of {strategy.passes_per_step} for each in the next generation"
            )
        for part in parts:
            heir, its_optimizer = deepcopy((supernet, optimizer))
            self.train(
                heir,
                type(strategy)(part, strategy.generator, **strategy.chosen),
                _within(part, terms),
                shares[1:],
                passes_each,
                optimizer=its_optimizer,
            )

    def _divide(self, supernet: SuperNet, strategy: Strategy, fraction: float) -> Sequence[Choosable]:
        optimizer = self.optimization.optimizer_of(supernet)

        def step() -> Step:
            held_out = self.held_out["strategy"].__next__
            precision = self.optimization.mixed_precision
            return Step(supernet, self.task, fraction, next(self.batches), held_out, optimizer, precision)

        return strategy.divide(step)

    def record(self) -> Record:
        rows = [
            _mean([row for row in tenth if row is not None])
            for start in sorted(self.records)
            for tenth in zip_longest(*(record.rows for record in self.records[start]))
        ]
        return Record(sum(record.steps for records in self.records.values() for record in records), rows)


def _within(part: Choosable, terms: Sequence[Term]) -> list[Term]:
    """The terms of a super-net that holds this part only; what is of the others has no place in it."""
    local = [term.within(partial(owns, part)) for term in terms]
    return [term for term in local if term is not None]


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Averages by name, each over the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}
