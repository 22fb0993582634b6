"""Scores of architectures under shared weights: the estimator that this project is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.scores.score import WAYS, Scores, Trained, View, Way
from nasrank.bench.tasks import Task
from nasrank.spaces.supernet import HardPath, SuperNet

MOST_NUMBERS = 4_000_000
"""In the inputs of a batch, so that what networks make of large images finds room in memory."""


def score_paths(
    supernet: SuperNet,
    task: Task,
    inputs: Tensor,
    targets: Tensor,
    paths: Sequence[HardPath],
    *,
    batch_size: int = 1000,
    views: Sequence[View] = (),
) -> dict[str, npt.NDArray[np.float64]]:
    """Every score of the task for every path, by `Task.score_names`, `(paths,)` each; higher is better.

    The inputs are cut into near-equal batches of at most `batch_size`, fewer where they are large, each normalized by
    its own statistics unless the super-net keeps running ones. The task's statistics are summed over the batches, and a
    path's scores are computed from its sum. Paths that compute the same function are scored once. A path whose outputs
    are not all finite has NaN for every score: the arg max of NaN would pass for a class. The super-net is left in the
    mode it came in.

    Args:
        views: over which a path's outputs are averaged as the task does it, each batch of each view normalized by
            itself; none for the inputs as they are.
    """
    mode = supernet.training
    supernet.eval()
    totals: dict[int, Tensor] = {}
    lost: set[int] = set()
    count = batches_of(inputs, batch_size)
    with torch.inference_mode():
        for batch, answers in zip(inputs.tensor_split(count), targets.tensor_split(count), strict=True):
            for places, outputs in _outputs(supernet, task, batch, paths, views):
                if not torch.isfinite(outputs).all():
                    lost.update(places)
                    continue
                found = task.statistics(outputs, answers).cpu()
                for place in places:
                    totals[place] = totals[place] + found if place in totals else found
    supernet.train(mode)
    columns = {name: np.full(len(paths), np.nan) for name in task.score_names}
    for place in totals.keys() - lost:
        for name, value in task.ranked(totals[place]).items():
            columns[name][place] = value
    return columns


def batches_of(inputs: Tensor, batch_size: int = 1000) -> int:
    """Into how many near-equal batches inputs `(n, ...)` are cut: of at most so many, fewer where they are large."""
    return -(-len(inputs) // max(1, min(batch_size, MOST_NUMBERS // inputs[0].numel())))


def _outputs(
    supernet: SuperNet, task: Task, batch: Tensor, paths: Sequence[HardPath], views: Sequence[View]
) -> Iterator[tuple[list[int], Tensor]]:
    """As `SuperNet.each_path`, of all views together; of several, the outputs of all paths are held at once."""
    if len(views) < 2:
        yield from supernet.each_path(views[0](batch) if views else batch, paths)
        return
    found: dict[int, tuple[list[int], list[Tensor]]] = {}
    for view in views:
        for places, outputs in supernet.each_path(view(batch), paths):
            found.setdefault(min(places), (places, []))[1].append(outputs)
    for places, several in found.values():
        yield places, task.averaged(several)


def score_recalibrated(
    supernet: SuperNet,
    task: Task,
    inputs: Tensor,
    targets: Tensor,
    paths: Sequence[HardPath],
    calibration: Sequence[Tensor],
    *,
    batch_size: int = 1000,
    views: Sequence[View] = (),
) -> dict[str, npt.NDArray[np.float64]]:
    """As `score_paths`, with the running statistics re-calibrated along each path on the calibration batches.

    The super-net is left in the mode it came in, with the running statistics of the last path.

    Raises:
        ValueError: the super-net keeps no running statistics.
    """
    mode = supernet.training
    columns: dict[str, list[float]] = {}
    for path in paths:
        supernet.recalibrate(calibration, path)
        for name, value in score_paths(
            supernet, task, inputs, targets, [path], batch_size=batch_size, views=views
        ).items():
            columns.setdefault(name, []).append(float(value[0]))
    supernet.train(mode)
    return {name: np.array(values) for name, values in columns.items()}


def scores_of_the_task(trained: Trained, paths: Sequence[HardPath]) -> Scores:
    """On the scoring images, with statistics calibrated along each path where that is asked for."""
    if trained.calibration is None:
        return score_paths(trained.supernet, trained.task, *trained.batch, paths, views=trained.views)
    return score_recalibrated(
        trained.supernet, trained.task, *trained.batch, paths, trained.calibration, views=trained.views
    )


WAYS.register(Way("task", scores_of_the_task, scores=()))
