"""Trained super-nets that are kept, and opened again to score whatever one likes.

Of a trial there are its design and what its strategy has learned in `TRIAL.json`, and for each super-net that scores a
part of the space a file of its weights, as safetensors: nothing that is opened can run code.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from nasrank.bench.foundation.devices import CPU
from nasrank.bench.foundation.files import DataError, replacing, sha256_of
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.parts import Parts, assemble, paths_of
from nasrank.bench.runner.scored import Scored, score
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.scores import parts_of_name
from nasrank.bench.scores.score import Scores
from nasrank.bench.scores.shared_weights import batches_of
from nasrank.bench.tasks import Task
from nasrank.bench.training.averaging import Averages
from nasrank.bench.training.snapshot import put, take
from nasrank.spaces import SearchSpace
from nasrank.spaces.subspace import Choosable, SubSpace, options_left, owns
from nasrank.spaces.supernet import SuperNet

T = TypeVar("T")

KIND, FORMAT = "super-net", 1
FOLDER = "supernets"
"""Beside a report."""


@dataclass(frozen=True)
class SuperNetFolder:
    """Where the trials of a study keep their super-nets.

    Attributes:
        folder: need not exist yet.
    """

    folder: Path

    def path(self, trial: Trial) -> Path:
        """What is opened to have the super-net of a trial."""
        return self.folder / f"{trial.name}.json"

    def holds(self, trial: Trial, design: Design) -> bool:
        """Whether there is that of a trial with the same settings."""
        try:
            content = read_json(self.path(trial))
            return bool(
                content["settings"] == design.settings(trial)
                and all(sha256_of(self.folder / part["file"]) == part["sha256"] for part in content["parts"])
            )
        except (ValueError, OSError, KeyError, TypeError):
            return False

    def keep_part(
        self, trial: Trial, supernet: SuperNet, part: Choosable, place: int, averages: Averages | None = None
    ) -> dict[str, Any]:
        """Write the weights of the super-net of a part of the space, and averages of them that its study scores by.

        Returns what is to be known of them, as plain values.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, Tensor] = {}
        known = {"options": options_left(part), "state": take(supernet, tensors, "supernet")}
        if averages and averages.asked:
            known["averages"] = take(averages, tensors, "averages")
        return {**known, **self._written(f"{trial.name}.{place}", tensors)}

    def keep(self, design: Design, trial: Trial, parts: Sequence[dict[str, Any]], strategy: Any) -> None:
        """Write what belongs to these parts; only then the super-net counts as kept."""
        tensors: dict[str, Tensor] = {}
        plain = take(strategy, tensors, "strategy")
        content = {
            "kind": KIND,
            "format": FORMAT,
            "trial": trial.name,
            "settings": design.settings(trial),
            "parts": list(parts),
            "strategy": {"state": plain, **(self._written(f"{trial.name}.strategy", tensors) if tensors else {})},
            "design": design.to_json(),
        }
        write_json(self.path(trial), content)

    def _written(self, name: str, tensors: dict[str, Tensor]) -> dict[str, str]:
        path = self.folder / f"{name}.safetensors"
        with replacing(path) as temporary:
            save_file(tensors, temporary)
        return {"file": path.name, "sha256": sha256_of(path)}


class TrainedSuperNet:
    """A trained super-net, or several that share the space between them.

    Attributes:
        design: of the study that it was trained for.
        trial: what it is.
        supernets: each with the options that it leaves to the decisions of the space.
        averages: of the weights of each, which its study scores by; the weights as they are where this is left out.
    """

    def __init__(
        self,
        design: Design,
        trial: Trial,
        assembled: Parts,
        supernets: Sequence[tuple[SuperNet, SubSpace]],
        averages: Sequence[Averages] = (),
    ) -> None:
        self.design, self.trial, self.supernets = design, trial, list(supernets)
        self.averages = list(averages) or [Averages(supernet) for supernet, _ in supernets]
        self._assembled = assembled

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.trial.name} of {self.design.study.title!r}>"

    @property
    def space(self) -> SearchSpace[Any]:
        """What it scores architectures of."""
        return self.design.space

    @property
    def ranked_by(self) -> str:
        """Name of the score that its study ranks by."""
        return self.design.arms[self.trial.arm].score

    def score(self, architectures: Sequence[Any]) -> Scores:
        """Every score that it offers, `(n,)` each, by name; higher is better. They are those its study would store.

        What is a mean over points of training is left out: the weights of all but the last are not kept.

        Raises:
            FloatingPointError: an architecture has no score that the study ranks by.
        """
        group, arm = Scored(paths_of(self.design, architectures)), self.design.arms[self.trial.arm]
        for (supernet, part), averages in zip(self.supernets, self.averages, strict=True):
            for way in ways_of_end(arm):
                group.fill(part, partial(score, arm, self._assembled, supernet, way=way, averages=averages), way)
        return {name: np.asarray(values) for name, values in group.columns.items()}

    def told(self, architecture: Any) -> Told:
        """What it says of the images that `images.scoring` has, along the path of one architecture.

        As they are scored, in the same batches; by the weights at the end of training, whatever its study ranks by.

        Raises:
            ValueError: an architecture of another space.
        """
        (path,), parts = paths_of(self.design, [architecture]), self._assembled
        supernet = next(one for one, part in self.supernets if owns(part, path))
        inputs, targets = (part[: self.design.study.images.scoring] for part in parts.scoring)
        mode = supernet.training
        if self.design.arms[self.trial.arm].study.supernet.statistics == "recalibrated":
            supernet.recalibrate(parts.calibration, path)
        supernet.eval()
        with torch.inference_mode():
            outputs = torch.cat([supernet(batch, path) for batch in inputs.tensor_split(batches_of(inputs))])
        supernet.train(mode)
        return Told(parts.task, inputs.cpu(), targets.cpu(), outputs.cpu())


@dataclass(frozen=True)
class Told:
    """What a super-net says of some samples.

    Attributes:
        task: what was learned.
        inputs, targets: of the samples, `(n, ...)` each.
        outputs: `(n, ...)`, as the task has them.
    """

    task: Task
    inputs: Tensor
    targets: Tensor
    outputs: Tensor


def ways_of_end(arm: Arm) -> list[str]:
    """Names of the ways of scoring that take the end of training alone.

    Raises:
        ValueError: the arm ranks by one that takes more points of training.
    """
    ways = arm.study.scoring.ways
    ranked_by = ways[parts_of_name(arm.score)[1]]
    if ranked_by.checkpoints > 1:
        raise ValueError(
            f"its study ranks by the mean over {ranked_by.checkpoints} points of training, of which only the last is "
            "kept"
        )
    return [name for name, way in ways.items() if way.checkpoints == 1]


def load_supernet(path: Path | str, data_root: Path | None = None, *, device: str = CPU) -> TrainedSuperNet:
    """Open a super-net that `nasrank run --keep-weights` has kept; the images that it scores on must be at hand.

    Args:
        path: of its JSON file; the weights lie beside it.
        data_root: folder of benchmark data, else `$NASRANK_DATA`.
        device: that it scores on, whichever it was trained on.

    Raises:
        DataError: there is none, a file is damaged or of something else, or the images are missing.
    """
    path = Path(path)
    try:
        content = read_json(path)
        if content["kind"] != KIND or content["format"] != FORMAT:
            raise ValueError(f"it is a {content['kind']!r} of format {content['format']}")
        design = _on(device, Design.from_json(content["design"]))
        trial = next((one for one in design.trials if one.name == content["trial"]), None)
        if trial is None or not content["parts"]:
            raise ValueError(f"its study has no trial {content['trial']!r}, or it has no weights")
        assembled = assemble(design, trial, np.empty(0), data_root, terms=False)
        _put(assembled.strategy, content["strategy"], path)
        ways_of_end(design.arms[trial.arm])
        supernets = [
            (_put(deepcopy(assembled.supernet), part, path), SubSpace(design.space, dict(enumerate(part["options"]))))
            for part in content["parts"]
        ]
        asked = design.study.scoring.averages
        averages = [
            _put(Averages(supernet, asked), {**part, "state": part["averages"]} if asked else {"state": None}, path)
            for (supernet, _), part in zip(supernets, content["parts"], strict=True)
        ]
    except DataError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, RuntimeError) as reason:
        raise DataError(f"{path} is not the super-net of a trial: {reason}") from reason
    return TrainedSuperNet(design, trial, assembled, supernets, averages)


def _on(device: str, design: Design) -> Design:
    training = design.study.training.model_copy(update={"device": device})
    return replace(design, study=design.study.model_copy(update={"training": training}))


def _put(value: T, content: dict[str, Any], path: Path) -> T:
    """The value, with what its file holds."""
    tensors: dict[str, Tensor] = {}
    if "file" in content:
        file = path.parent / Path(content["file"]).name
        try:
            if sha256_of(file) != content["sha256"]:
                raise DataError(f"{file} is truncated, altered or of another super-net than {path}")
            tensors = load_file(file)
        except (OSError, SafetensorError) as reason:
            raise DataError(f"{file}, which belongs to {path}, is missing or damaged: {reason}") from reason
    put(value, content["state"], tensors)
    return value
