"""Training in generations: first one super-net for the whole space, then copies of it, each for a part [Zhao2021].

A strategy of one generation, as most are, is trained as `train` does. Otherwise it divides its space when a generation
ends; a deep copy of its super-net then trains on each part with the part's own landmarks, and may be divided again.
The parts of a super-net come one after the other, each with all that descends from it, so that no more super-nets are
alive than there are generations. A super-net that waits for its parts has no gradients, and no momentum unless they
go on with it.

After every step, what changes can be taken out, and put back into generations made anew, which go on from there.

References:
    [Zhao2021] Zhao et al., "Few-shot Neural Architecture Search", ICML 2021.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest
from math import fsum

import numpy as np
import torch

from nasrank.bench.tasks import Task
from nasrank.bench.training.averaging import Average, Averages
from nasrank.bench.training.snapshot import Plain, Tensors, put, take
from nasrank.bench.training.step import Batch, Step
from nasrank.bench.training.strategies.strategy import Strategy
from nasrank.bench.training.terms.term import Term
from nasrank.bench.training.trainer import Course, Optimization, Record, train
from nasrank.spaces.subspace import Choosable, SubSpace, options_left, owns
from nasrank.spaces.supernet import SuperNet

OnLeaf = Callable[[SuperNet, Choosable], None]
"""Called with a super-net that is trained to the end and the space, or part of it, that it is to score."""

OnLeafStep = Callable[[SuperNet, Choosable, int, int], None]
"""Called with such a super-net while it trains, its space, and how many of its own steps are done of how many."""


def _no_matter(supernet: SuperNet, part: Choosable, done: int, total: int) -> None:
    del supernet, part, done, total


@dataclass
class _Level:
    """A super-net that is alive, and how far it is.

    Attributes:
        shares: of its generation and the later ones, in the compute of the whole.
        passes: what it and its descendants are to spend.
        optimizer: None where it waits for parts that do not go on with its momentum.
        averages: of its weights, over its own steps.
        parts: of its space; None until it is trained and divided.
        begun: how many of them have had a super-net of their own.
        passes_each: of these, with their descendants.
    """

    supernet: SuperNet
    strategy: Strategy
    terms: Sequence[Term]
    shares: Sequence[float]
    passes: int
    optimizer: torch.optim.Optimizer | None
    averages: Averages
    course: Course = field(default_factory=Course)
    parts: Sequence[Choosable] | None = None
    begun: int = 0
    passes_each: int = 0

    changing = ("supernet", "strategy", "terms", "optimizer", "averages", "course", "begun", "passes_each")

    @property
    def start(self) -> float:
        """Fraction of the whole training at which it begins, and `end` where its own generation ends."""
        return 1 - fsum(self.shares)

    @property
    def end(self) -> float:
        return 1 - fsum(self.shares[1:])

    @property
    def own_passes(self) -> int:
        """What it spends itself."""
        return round(self.passes * self.shares[0] / fsum(self.shares))

    def heir(self) -> _Level:
        """A copy of it for its next part."""
        assert self.parts is not None
        part = self.parts[self.begun]
        self.begun += 1
        supernet, optimizer = deepcopy((self.supernet, self.optimizer))
        strategy = type(self.strategy)(part, self.strategy.generator, **self.strategy.chosen)
        terms = [term for term in (one.within(partial(owns, part)) for one in self.terms) if term is not None]
        averages = self.averages.of(supernet)
        return _Level(supernet, strategy, terms, self.shares[1:], self.passes_each, optimizer, averages)


class Generations:
    """Trains all generations of a strategy; the super-net itself is left as the first one trained it.

    The compute of all generations and of the divisions between them comes to `optimization.passes`, up to rounding.
    The learning rate falls from its start to its end for every super-net or, where a strategy does not anneal anew,
    once over all generations.

    Args:
        on_leaf: together, the parts it is called with own every architecture once. The super-net is dropped after.
        after_step: as `train` calls it, in the first generation only; the total is of all generations.
        on_row: as `train` calls it, for every super-net.
        on_step: called after each step of any super-net, when `after_step` was; then a snapshot may be taken.
        on_leaf_step: called before that, of the super-nets that `on_leaf` will be called with.
        averages: of the weights of each super-net over its own steps, which are kept.

    Attributes:
        steps: done, of all super-nets.
    """

    def __init__(
        self,
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
        on_step: Callable[[], None] = lambda: None,
        on_leaf_step: OnLeafStep = _no_matter,
        averages: Sequence[Average] = (),
    ) -> None:
        self._task, self._optimization, self._batches, self._held_out = task, optimization, batches, held_out
        self._on_leaf, self._after_step, self._on_row, self._on_step = on_leaf, after_step, on_row, on_step
        self._on_leaf_step = on_leaf_step
        self._total = optimization.passes // strategy.passes_per_step
        shares, passes = strategy.generations, optimization.passes
        optimizer, kept = optimization.optimizer_of(supernet), Averages(supernet, averages)
        first = _Level(supernet, strategy, terms, shares, passes, optimizer, kept)
        self._levels = [first]
        self._records: defaultdict[float, list[Record]] = defaultdict(list)
        self.steps = 0

    @property
    def averages(self) -> Averages:
        """Of the weights of the super-net that trains, or was trained last."""
        return self._levels[-1].averages

    def run(self) -> Record:
        """Train what is left.

        Returns:
            The steps of all super-nets; rows of later generations are averages over their super-nets.

        Raises:
            ValueError: a super-net gets less compute than a step takes.
            FloatingPointError: as by `train`.
        """
        while self._levels:
            level = self._levels[-1]
            if level.parts is not None:
                if level.begun < len(level.parts):
                    self._levels.append(level.heir())
                else:
                    self._levels.pop()
                continue
            self._train(level)
            if level.shares[1:]:
                self._divide(level)
            else:
                self._on_leaf(level.supernet, level.strategy.space)
                self._levels.pop()
        return self._record()

    def _train(self, level: _Level) -> None:
        first = level is self._levels[0]
        level.optimizer = level.optimizer or self._optimization.optimizer_of(level.supernet)

        def after_step(done: int, own_total: int) -> None:
            if first:
                self._after_step(done, self._total)
            if done:
                self.steps += 1
                if not level.shares[1:]:
                    self._on_leaf_step(level.supernet, level.strategy.space, done, own_total)
                self._on_step()

        record = train(
            level.supernet,
            self._task,
            level.strategy,
            level.terms,
            replace(self._optimization, passes=level.own_passes),
            self._batches,
            self._held_out,
            after_step,
            (level.start, level.end),
            on_row=self._on_row,
            annealed=(0.0, 1.0) if level.strategy.anneals_anew else (level.start, level.end),
            optimizer=level.optimizer,
            course=level.course,
            before_update=level.averages.before_update,
        )
        self._records[level.start].append(record)

    def _divide(self, level: _Level) -> None:
        strategy = level.strategy
        if strategy.anneals_anew:
            level.optimizer = None
        parts = self._parts(level)
        level.supernet.zero_grad()
        level.averages.forget()
        left = level.passes - level.own_passes - strategy.passes_per_division
        level.passes_each = left // len(parts)
        if level.passes_each * level.shares[1] / fsum(level.shares[1:]) < strategy.passes_per_step:
            raise ValueError(
                f"{strategy.label} has {left} of {self._optimization.passes} passes left for {len(parts)} super-nets:"
                f" not a step of {strategy.passes_per_step} for each in the next generation"
            )
        level.parts = parts

    def _parts(self, level: _Level) -> Sequence[Choosable]:
        optimizer = self._optimization.optimizer_of(level.supernet)

        def step() -> Step:
            held_out = self._held_out["strategy"].__next__
            precision = self._optimization.mixed_precision
            return Step(level.supernet, self._task, level.end, next(self._batches), held_out, optimizer, precision)

        return level.strategy.divide(step)

    def _record(self) -> Record:
        rows = [
            _mean([row for row in tenth if row is not None])
            for start in sorted(self._records)
            for tenth in zip_longest(*(record.rows for record in self._records[start]))
        ]
        return Record(sum(record.steps for records in self._records.values() for record in records), rows)

    def take(self, tensors: Tensors) -> Plain:
        """A snapshot of all that changes, taken where `on_step` is called.

        Raises:
            ValueError: a strategy or a term holds what cannot be kept, or divides its space into parts of its own kind.
        """
        for level in self._levels:
            level.course.read(level.strategy.label, self._total)
        return {
            "levels": [take(level, tensors, f"levels.{place}") for place, level in enumerate(self._levels)],
            "parts": [_options(level) for level in self._levels],
            "records": [
                [start, [[record.steps, record.rows] for record in records]] for start, records in self._records.items()
            ],
            "batches": take(self._batches, tensors, "batches"),
            "held_out": take(self._held_out, tensors, "held_out"),
            "steps": self.steps,
        }

    def put(self, plain: Plain, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on where a snapshot was taken, in generations made with the same arguments."""
        for place, options in enumerate(plain["parts"]):
            level = self._levels[place]
            if options is not None:
                space = level.strategy.space
                level.parts = [space if left is None else SubSpace(space, dict(enumerate(left))) for left in options]
                level.passes_each = plain["levels"][place]["object"]["passes_each"]
                level.begun = plain["levels"][place]["object"]["begun"] - 1
                if level.strategy.anneals_anew:
                    level.optimizer = None
                self._levels.append(level.heir())
        for level, found in zip(self._levels, plain["levels"], strict=True):
            if found["object"]["optimizer"] is not None:
                level.optimizer = level.optimizer or self._optimization.optimizer_of(level.supernet)
            put(level, found, tensors)
        self._records.clear()
        for start, records in plain["records"]:
            self._records[start] = [Record(steps, rows) for steps, rows in records]
        put(self._batches, plain["batches"], tensors)
        put(self._held_out, plain["held_out"], tensors)
        self.steps = plain["steps"]


def _options(level: _Level) -> list[list[tuple[int, ...]] | None] | None:
    """The options that the parts of a level's space leave to each decision, None for the whole of it."""
    if level.parts is None:
        return None
    parts = [None if part is level.strategy.space else part for part in level.parts]
    if others := [type(part).__name__ for part in parts if type(part) not in (SubSpace, type(None))]:
        raise ValueError(f"a checkpoint cannot keep a part of a space that is a {others[0]}")
    return [None if part is None else options_left(part) for part in parts]


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Averages by name, each over the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}
