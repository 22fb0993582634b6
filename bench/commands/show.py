"""The command `nasrank show`: what a trained super-net says of a few images, and which paths architectures take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nasrank.bench.commands.options import Plugins
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nasrank.bench.runner.kept_supernets import TrainedSuperNet

console = Terminal(highlight=False)


def show(
    supernet: Annotated[Path, typer.Argument(help="A JSON file that 'nasrank run --keep-weights' wrote.")],
    architectures: Annotated[list[str], typer.Argument(help="Architectures of its space, as they are printed.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    images: Annotated[int, typer.Option(min=1, max=12, help="So many of those that it is scored on.")] = 4,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Draw what a super-net tells of each pixel of some images along the paths of architectures, beside the truth.

    In a space with a trellis, the paths themselves are drawn as well.
    """
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.foundation.files import replacing
    from nasrank.bench.reporting.figures.trellis import MOST
    from nasrank.bench.runner.kept_supernets import load_supernet

    if twice := next((text for text in architectures if architectures.count(text) > 1), None):
        raise ValueError(f"{twice} is named twice")
    if len(architectures) > MOST:
        raise ValueError(f"name up to {MOST} architectures, not {len(architectures)}")
    opened = load_supernet(supernet)
    chosen = {text: opened.space.parse(text) for text in architectures}
    pictures = {**_trellises(opened, chosen), **_masks(opened, chosen, images)}
    if not pictures:
        raise ValueError(
            f"there is nothing to draw: {opened.space.name} has no trellis, and {opened.trial.name} was not trained to "
            "segment images or to match stereo pairs"
        )
    out.mkdir(parents=True, exist_ok=True)
    for name, text in pictures.items():
        with replacing(out / f"{name}.svg") as path:
            path.write_text(text, encoding="utf-8", newline="\n")
    console.print(f"wrote {', '.join(f'{name}.svg' for name in pictures)} to {out}", soft_wrap=True)


def _trellises(opened: TrainedSuperNet, chosen: Mapping[str, Any]) -> dict[str, str]:
    """A picture of each trellis of the space."""
    from nasrank.bench.reporting.figures import trellis

    found = {text: opened.space.trellises(one) for text, one in chosen.items()}
    pictures = {}
    for name, (of_space, _) in next(iter(found.values())).items():
        paths = {text: own[name][1] for text, own in found.items()}
        pictures[f"trellis-{name}"] = trellis.draw(of_space, paths, f"Paths of {opened.space.name} through its trellis")
    return pictures


def _masks(opened: TrainedSuperNet, chosen: Mapping[str, Any], images: int) -> dict[str, str]:
    """A picture of what the super-net tells, if it was trained to tell something of each pixel."""
    from nasrank.bench.reporting.figures import masks
    from nasrank.bench.tasks.segmentation import Segmentation
    from nasrank.bench.tasks.stereo import Stereo

    if opened.design.study.images.task not in (Segmentation.name, Stereo.name):
        return {}
    all_told = {text: opened.told(one) for text, one in chosen.items()}
    first = next(iter(all_told.values()))
    rows, task = _spread(len(first.inputs), images), first.task
    scores = [task.scores(task.statistics(told.outputs, told.targets)) for told in all_told.values()]
    inputs, truth = first.inputs[rows].numpy().astype("float64"), first.targets[rows].numpy()
    shown = f"{len(rows)} of {len(first.inputs):,} images that score"
    title = f"What {opened.trial.name} tells of each pixel"
    if isinstance(task, Stereo):
        left, disparities = inputs[:, : inputs.shape[1] // 2], truth.astype("float64")
        told = {text: one.outputs[rows].numpy().astype("float64") for text, one in all_told.items()}
        said = ", ".join(f"{one['end_point_error']:.2f}" for one in scores)
        subtitle = f"{shown}, left views; end-point error over all of them: {said} pixels"
        return {"disparities": masks.of_disparities(left, disparities, told, title, subtitle)}
    assert isinstance(task, Segmentation)
    classes = {text: one.outputs[rows].argmax(1).numpy() for text, one in all_told.items()}
    said = ", ".join(f"{one['mean_iou']:.1%}".replace("%", " %") for one in scores)
    subtitle = f"{shown}; mean intersection over union of all of them: {said}"
    return {"masks": masks.of_classes(inputs, truth, classes, task.classes, title, subtitle)}


def _spread(count: int, wanted: int) -> Sequence[int]:
    """So many of them, evenly spaced."""
    return sorted({round(place * (count - 1) / max(1, wanted - 1)) for place in range(min(wanted, count))})
