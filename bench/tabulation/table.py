"""The table that finished networks make, and the words that say how they came about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.data import Dataset, load_dataset
from nasrank.bench.data.pixels import PixelDataset
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Values
from nasrank.bench.oracles.ask.provenance import Provenance
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.tabulation.grouping import Grouping, grouping
from nasrank.bench.tabulation.metrics import Metric, metrics_of
from nasrank.bench.tabulation.reliability import TOO_FEW, reliability
from nasrank.bench.tabulation.selection import Selection, members
from nasrank.bench.tabulation.settings import COMMON_SEED, StandaloneTraining, versions
from nasrank.bench.tabulation.standalone import StandaloneRun
from nasrank.bench.tabulation.store import Networks
from nasrank.bench.training.optimizers import Sgd
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import Cost, get_enumerated

MADE_BY = "nasrank tabulate"
VERSION = 1


def tabulated(
    training: StandaloneTraining,
    selection: Selection,
    architectures: Sequence[Any],
    costs: Sequence[Cost],
    store: Networks,
) -> Table:
    """The table of these architectures, with the cost of each; a run that diverged is missing in it.

    Where one was trained of each isomorphism class, all of its class have its numbers.

    Raises:
        KeyError: the store lacks one of the networks.
        DataError: every run of a seed diverged.
    """
    space = get_enumerated(training.space)
    order = sorted(range(len(architectures)), key=lambda place: space.position(architectures[place]))
    trained, costs = [architectures[place] for place in order], [costs[place] for place in order]
    runs = [[store.runs[str(one), seed] for one in trained] for seed in range(selection.seeds)]
    about = protocol(training, selection, runs, grouping(space, trained))
    keys = np.array([space.position(one) for one in trained], dtype=np.int64)
    if selection.classes:
        alike = members(space, trained)
        stands_for = np.repeat(np.arange(len(trained)), list(map(len, alike)))
        every = np.array([space.position(one) for several in alike for one in several], dtype=np.int64)
        keys, stands_for = np.sort(every), stands_for[np.argsort(every)]
        costs, runs = [costs[one] for one in stands_for], [[of_seed[one] for one in stands_for] for of_seed in runs]
    columns: dict[Column, Values] = {
        Column("parameters", training.data): np.array([cost.parameters for cost in costs], dtype=np.int64),
        Column("multiply_adds", training.data): np.array([cost.multiply_adds for cost in costs], dtype=np.int64),
    }
    for seed, of_seed in enumerate(runs):
        columns |= _of_seed(training, seed, of_seed)
    provenance = Provenance(
        space=training.space,
        source="networks trained here",
        sha256=hashlib.sha256(repr((keys.tolist(), runs)).encode()).hexdigest(),
        protocol=about,
        citation="none: made by its owner with nasrank tabulate",
        licence="its owner's",
        recipe=MADE_BY,
        recipe_version=VERSION,
    )
    return Table.from_arrays(columns, provenance, keys)


def _of_seed(training: StandaloneTraining, seed: int, runs: Sequence[StandaloneRun]) -> dict[Column, Values]:
    missing = (np.nan,) * len(training.curve)
    columns: dict[Column, Values] = {}
    for metric in (one.name for one in metrics_of(training.task)):
        curves = np.array([run.curves.get(metric, missing) for run in runs])
        axes = (metric, training.data, Split.TEST_TABULATED, training.epochs, seed)
        columns[Column(*axes)] = curves[:, -1].copy()
        columns[Column(*axes, curve=training.curve)] = curves
    time = Column("training_time", training.data, Split.TRAIN_TABULATED, training.epochs, seed)
    columns[time] = np.array([np.nan if run.failure else run.seconds for run in runs])
    return columns


def costs_of(training: StandaloneTraining, architectures: Sequence[Any]) -> list[Cost]:
    """What the networks cost; ValueError when one cannot be built."""
    space, data = get_enumerated(training.space), load_dataset(training.data).description
    macro = {**training.network.arguments, **data.cost_sizes}
    return [space.cost(architecture, **macro) for architecture in architectures]


def protocol(
    training: StandaloneTraining,
    selection: Selection,
    runs: Sequence[Sequence[StandaloneRun]],
    grouped: Grouping | None = None,
) -> str:
    """Everything that was done, on what machine, and how reproducible it came out; `runs` are by seed."""
    data, settings = load_dataset(training.data), training.optimization()
    failed = sum(bool(run.failure) for of_seed in runs for run in of_seed)
    hours = sum(run.seconds for of_seed in runs for run in of_seed) / 3600
    count = len(runs[0])
    metric = metrics_of(training.task)[0]
    found = reliability(ends(runs, metric), grouped)
    known = versions(training.space)
    machine = f"{known.pop('processor')}, {known.pop('platform')}"
    return " ".join(
        [
            f"Trained by nasrank tabulate, every network on one thread of {machine}: {hours:.2f} hours of processor "
            f"time for {selection.seeds} seed(s) of {count:,} architectures, {selection.words(training.space)}.",
            f"Network: {training.network.words}.",
            _of_data(training, data),
            f"Training: {training.epochs} epochs of {training.steps_per_epoch} steps of batch {training.batch_size}, "
            f"{_updates(settings)}, weight decay {settings.weight_decay}, gradient norm at most {settings.clip:g}; "
            f"seeds 0 to {selection.seeds - 1} draw initial weights, batches and noise.",
            "Evaluation uses the running statistics of training. training_time is processor time without evaluation.",
            f"{failed} run(s) diverged and are missing." if failed else "No run diverged.",
            found.sentences(metric) if found else TOO_FEW,
            f"Versions: {', '.join(f'{name} {version}' for name, version in known.items())}.",
        ]
    )


def ends(runs: Sequence[Sequence[StandaloneRun]], metric: Metric) -> npt.NDArray[np.float64]:
    """What runs `(seeds, architectures)` ended with, in the unit of the table; NaN for one that diverged."""
    return np.array([[run.curves[metric.name][-1] if run.curves else np.nan for run in one] for one in runs])


def _of_data(training: StandaloneTraining, data: Dataset) -> str:
    """What trained and tested the networks, and what was done to it."""
    about = (
        f"{training.data} ({data.provenance}; sha256 {data.sha256}), {training.training_images:,} to train and "
        f"{training.test_images:,} others to test, drawn"
    )
    drawn = "with the classes in proportion" if data.kind == "images" else "in groups of neighbours"
    if not isinstance(data, PixelDataset):
        return (
            f"Windows: {about} in blocks of neighbours (seed {COMMON_SEED}); each is looked at by itself, so that "
            "networks know nothing of what stands before it."
        )
    return (
        f"Images: {about} {drawn} (seed {COMMON_SEED}), normalized, shifted by up to "
        f"{training.padding} pixel(s)"
        + (", half of them mirrored" if data.flippable else "")
        + f", with Gaussian noise of deviation {training.noise}: training images anew every time, test images once "
        f"for all networks, in {training.test_copies} copies at the end and in the first of these on the way there."
    )


def _updates(settings: Optimization) -> str:
    """What updates the weights and at what rates, in words."""
    if settings.nesterov:
        rule = f"SGD with Nesterov momentum {settings.momentum}"
    elif settings.optimizer == Sgd.name:
        rule = "SGD without momentum"
    else:
        rule = f"{settings.optimizer} with a momentum of {settings.momentum}"
    rising = f" after a rise from zero over the first {settings.warm_up:.0%} of training," if settings.warm_up else ""
    return (
        f"{rule}, learning rate {settings.learning_rate}{rising} falling to {settings.final_learning_rate:g} along a "
        "cosine"
    )
