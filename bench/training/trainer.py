"""The one training loop. It knows no task, space, strategy or optimizer by name.

A step lets the strategy update its own parameters, takes the strategy's gradients, adds those of the terms,
clips them and updates the shared weights under a cosine learning rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from math import cos, pi
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nasrank.bench.tasks import Task
from nasrank.bench.training.optimizers import OPTIMIZERS, Rates, check_nesterov
from nasrank.bench.training.step import Batch, Step
from nasrank.bench.training.strategies.strategy import Strategy
from nasrank.bench.training.terms.term import Term
from nasrank.spaces.supernet import SuperNet


@dataclass(frozen=True)
class Optimization:
    """Settings of the loop.

    Attributes:
        passes: training compute, in forward-backward passes of one batch along one path. A strategy that spends
            more of them a step gets fewer steps. Terms come on top.
        batch_size: samples a pass.
        learning_rate: at the start, or after the warm-up; it falls to `final_learning_rate` along a cosine.
        momentum: of SGD; the first decay rate of Adam and AdamW.
        weight_decay: of the weights that a step has gradients for. Those off its paths rest: they do not decay, and no
            momentum moves them. Code written for torch 1 moved them at every step, with gradients of zero.
        nesterov: whether the momentum is Nesterov's.
        clip: greatest norm of the gradient of all shared weights.
        mixed_precision: whether passes through the super-net run in bfloat16 where that is safe.
        optimizer: a key of `OPTIMIZERS`.
        warm_up: first fraction of training, in [0, 1), in which the learning rate rises in a straight line from the
            final one to `learning_rate`; the cosine takes the rest.
    """

    passes: int
    batch_size: int = 64
    learning_rate: float = 0.025
    final_learning_rate: float = 0.001
    momentum: float = 0.9
    weight_decay: float = 5e-4
    clip: float = 5.0
    mixed_precision: bool = False
    nesterov: bool = False
    optimizer: str = "sgd"
    warm_up: float = 0.0

    def learning_rate_at(self, fraction: float) -> float:
        """At this fraction of training, in [0, 1]."""
        span = self.learning_rate - self.final_learning_rate
        if fraction < self.warm_up:
            return self.final_learning_rate + span * fraction / self.warm_up
        annealed = (fraction - self.warm_up) / (1 - self.warm_up)
        return self.final_learning_rate + span * (1 + cos(pi * annealed)) / 2

    def optimizer_of(self, supernet: SuperNet) -> torch.optim.Optimizer:
        """One of the shared weights, at rest.

        Raises:
            ValueError: there is no such optimizer, or it has no Nesterov momentum, which is asked for.
        """
        rule = OPTIMIZERS.named(self.optimizer)
        if self.nesterov:
            check_nesterov(self.optimizer)
        rates = Rates(self.learning_rate, self.momentum, self.weight_decay, self.nesterov)
        return rule.make(supernet.parameters(), rates)

    def to_json(self) -> dict[str, Any]:
        """Plain values by which results are known again; what came later stands there only where it is used."""
        later = {one.name: one.default for one in fields(self) if one.name in ("optimizer", "warm_up")}
        return {name: value for name, value in asdict(self).items() if name not in later or value != later[name]}


@dataclass
class Record:
    """How training went: one row for each tenth of it, `fraction` (at its end), `loss` and what terms record."""

    steps: int
    rows: list[dict[str, float]] = field(default_factory=list)


@dataclass
class Course:
    """How far a training is, so that it can go on from there.

    Attributes:
        done: steps.
        rows: of the record.
        losses: of the steps since the last row.
        unread: loss and norm of the gradient of the steps whose numbers have not been looked at.
    """

    done: int = 0
    rows: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    unread: list[tuple[Tensor | float, Tensor]] = field(default_factory=list)

    def read(self, strategy: str, total: int) -> None:
        """Look at the numbers of all steps; on a device other than the CPU that waits for it.

        Raises:
            FloatingPointError: one is not finite, with the step at which that happened first.
        """
        if not self.unread:
            return
        first = self.done - len(self.unread)
        losses = _numbers([loss for loss, _ in self.unread])
        norms = _numbers([norm for _, norm in self.unread])
        self.unread.clear()
        for step, (loss, norm) in enumerate(zip(losses, norms, strict=True), first):
            if not np.isfinite(loss):
                raise FloatingPointError(f"the training loss of {strategy} is {loss} at step {step} of {total}")
            if not np.isfinite(norm):  # a term can do that under a finite loss, and at the last step unseen
                raise FloatingPointError(f"the gradient of {strategy} has norm {norm} at step {step} of {total}")
        self.losses += losses


def _numbers(values: Sequence[Tensor | float]) -> list[float]:
    if all(isinstance(value, Tensor) and value.device.type != "cpu" for value in values):
        found: list[float] = torch.stack(values).tolist()  # type: ignore[arg-type]  # one transfer for all
        return found
    return [float(value) for value in values]


READ_EVERY = 50
"""Steps after which losses are read, where reading one makes the device wait; on the CPU each is read at once."""


def train(
    supernet: SuperNet,
    task: Task,
    strategy: Strategy,
    terms: Sequence[Term],
    optimization: Optimization,
    batches: Iterator[Batch],
    held_out: dict[str, Iterator[Batch]],
    after_step: Callable[[int, int], None] = lambda done, total: None,
    span: tuple[float, float] = (0.0, 1.0),
    *,
    on_row: Callable[[dict[str, float]], None] = lambda row: None,
    annealed: tuple[float, float] = (0.0, 1.0),
    optimizer: torch.optim.Optimizer | None = None,
    course: Course | None = None,
    before_update: Callable[[int, int], None] = lambda done, total: None,
) -> Record:
    """Train the shared weights in place.

    Args:
        batches: of the weights split.
        held_out: of the held-out split; one stream under "strategy" and one under the name of each term that needs one,
            so that adding a term does not move the images that the strategy sees.
        after_step: called with the number of steps done, starting with 0 before the first, and the total. All that
            training changes is then as the next step will find it.
        span: where this training begins and ends within a longer one, as fractions of that, which are what the
            strategy and the terms go by.
        on_row: called with each row of the record as soon as there is one.
        annealed: the part of its cosine that the learning rate runs through.
        optimizer: of the shared weights, to go on with; otherwise one without momentum yet.
        course: of a training that was interrupted, to go on with; it is kept up to date.
        before_update: called with the number of steps done and the total when the gradients of the next step are there
            and the weights are about to change.

    Raises:
        ValueError: fewer passes than a step of this strategy spends.
        FloatingPointError: the loss or the gradient is not finite, with the step at which that happened.
    """
    total = optimization.passes // strategy.passes_per_step
    if total < 1:
        raise ValueError(f"{optimization.passes} passes do not make one step of {strategy.passes_per_step}")
    weights = list(supernet.parameters())
    optimizer = optimizer or optimization.optimizer_of(supernet)
    course = course or Course()
    tenths = {round(total * tenth / 10) for tenth in range(1, 11)}
    read_every = 1 if weights[0].device.type == "cpu" else READ_EVERY
    supernet.train()
    if not course.done:
        after_step(0, total)
    for done in range(course.done, total):
        for group in optimizer.param_groups:
            group["lr"] = optimization.learning_rate_at(_within(annealed, done / total))

        fraction = _within(span, done / total)
        architecture_images = held_out["strategy"].__next__
        step = Step(
            supernet, task, fraction, next(batches), architecture_images, optimizer, optimization.mixed_precision
        )
        strategy.update_architecture(step)
        optimizer.zero_grad()
        loss = strategy.accumulate(step)
        for term in terms:
            term.accumulate(step.with_held_out(_stream_of(term, held_out)))
        course.unread.append((loss, nn.utils.clip_grad_norm_(weights, optimization.clip)))
        course.done = done + 1
        if course.done % read_every == 0 or course.done in tenths:
            course.read(strategy.label, total)
        before_update(done, total)
        optimizer.step()

        if course.done in tenths:
            row = {"fraction": _within(span, course.done / total), "loss": float(np.mean(course.losses))}
            for term in terms:
                row |= {f"{term.name}.{name}": value for name, value in term.record().items()}
            course.rows.append(row)
            on_row(row)
            course.losses.clear()
        after_step(course.done, total)
    return Record(total, course.rows)


def _stream_of(term: Term, held_out: dict[str, Iterator[Batch]]) -> Callable[[], Batch]:
    """Draws the next held-out batch of a term; RuntimeError where it does not say that it needs any."""
    if "held_out" in term.needs:
        return held_out[term.name].__next__

    def refuse() -> Batch:
        raise RuntimeError(f"the term {term.name!r} draws held-out batches, but `needs` does not say so")

    return refuse


def _within(span: tuple[float, float], fraction: float) -> float:
    start, end = span
    return start + fraction * (end - start)
