"""What `nasrank run --dry-run` prints: what a study takes, an arm a row, and what it was measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasrank.bench.commands.table_views import grid
from nasrank.bench.reporting.words import counted
from nasrank.bench.studies.seeds import SeedRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table as Grid

    from nasrank.bench.runner.forecast import Forecast

NUMBERS = ("trials", "passes", "steps", "weights", "memory", "step", "trial", "all")


def arms(found: Forecast) -> Grid:
    """A row for each arm, and their sum; of seeds that are added look by look, the first ones and all."""
    made = grid("arm", *NUMBERS, right=NUMBERS, folded=("arm",))
    made.collapse_padding = True
    for one in found.arms:
        made.add_row(
            one.arm.name,
            str(one.trials),
            f"{one.passes + one.added:,}",
            f"{one.steps:,}",
            count(one.probe.parameters),
            size(one.memory),
            time_of(one.probe.seconds),
            time_of(one.seconds),
            time_of(one.trials * one.seconds),
        )
    made.add_section()
    blank = [""] * (len(NUMBERS) - 2)
    known = found.most == found.trials
    made.add_row("together" if known else "at least", str(found.trials), *blank, time_of(found.seconds))
    if not known:
        made.add_row("at most", str(found.most), *blank, time_of(found.most_seconds))
    return made


def notes(found: Forecast, jobs: int) -> list[str]:
    """What was looked at, what the numbers mean, and what it comes to with so many trials at a time."""
    probes = {id(one.probe): one.probe for one in found.arms}.values()
    steps, images = (_span(getattr(one, name) for one in probes) for name in ("steps", "images"))
    device = found.design.study.training.device
    at_once = min(jobs, found.trials)
    largest = sorted((one.memory for one in found.arms for _ in range(one.trials)), reverse=True)[:at_once]
    return [
        _data(found),
        "passes are of a batch along one path; those of arms with terms include what the terms are expected to add",
        f"a step without terms was measured {'in processor time of one thread' if device == 'cpu' else f'on {device}'}:"
        f" {steps} steps with {images} samples, and in proportion of whole batches; terms and scoring go by their"
        " passes. So times are rough",
        "memory is weights, gradients, what the optimizer keeps, the samples, and what a step kept for its backward"
        " pass; what torch itself takes comes on top",
        f"{counted(at_once, 'trial', 'trials')} at a time:"
        f" {times_of(found.seconds / at_once, found.most_seconds / at_once)}, and up to"
        f" {size(sum(largest))} of memory",
        f"disk: up to {size(found.results)} of results; the weights of a trial and what its optimizer keeps, up to"
        f" {size(max(one.checkpoint for one in found.arms))}",
        *_looks(found),
        "nothing was trained, and nothing was written",
    ]


def _looks(found: Forecast) -> list[str]:
    """That a study may end with the first look or the last."""
    listed = found.design.study.seeds
    if not isinstance(listed, SeedRule):
        return []
    looks = ", ".join(map(str, listed.planned.seeds))
    return [
        f"a row has at least {listed.at_least} and at most {listed.at_most} seeds, {listed.in_words}; rows are looked"
        f" at with {looks} seeds, all at the same time"
    ]


def _data(found: Forecast) -> str:
    design, study = found.design, found.design.study
    landmarks = _span(len(one) for own in (design.landmarks, *design.own_landmarks.values()) for one in own.values())
    return (
        f"data: {len(found.data):,} samples of {found.data.name}, split into {study.images.weights:,} +"
        f" {study.images.held_out:,} + {study.images.scoring:,} ({design.images['split']}); {study.truth.oracle} knows"
        f" {len(found.truth.known):,} of {len(found.truth.space):,} architectures, of which {len(design.pool):,} are"
        f" the pool and {landmarks} the landmarks of a seed"
    )


def count(number: int) -> str:
    """Three digits of it."""
    for unit, length in (("M", 1e6), ("k", 1e3)):
        if number >= length:
            return f"{number / length:.{0 if number >= 100 * length else 1}f} {unit}"
    return str(number)


def _span(numbers: Iterable[int]) -> str:
    low, *_, high = sorted([*numbers] * 2)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def time_of(seconds: float) -> str:
    """In the greatest unit of which there are two or more, but never in days: machines are paid by the hour."""
    for unit, length in (("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= 2 * length:
            value = seconds / length
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    return f"{seconds:.2g} s"


def times_of(least: float, most: float) -> str:
    """From so long to so long, where that is not the same."""
    return time_of(least) if most <= least else f"{time_of(least)} to {time_of(most)}"


def size(number: float) -> str:
    """Bytes, in the greatest unit of which there is one or more."""
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= length:
            return f"{number / length:.1f} {unit}" if number < 10 * length else f"{number / length:,.0f} {unit}"
    return f"{number:.0f} B"
