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
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from nasrank.bench.foundation.devices import CPU
from nasrank.bench.foundation.files import DataError, replacing, sha256_of
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.parts import Parts, assemble, paths_of
from nasrank.bench.runner.scored import Scored, score
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.scores.score import Scores
from nasrank.bench.training.snapshot import put, take
from nasrank.spaces import SearchSpace
from nasrank.spaces.subspace import Choosable, SubSpace, options_left
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

    def keep_part(self, trial: Trial, supernet: SuperNet, part: Choosable, place: int) -> dict[str, Any]:
        """Write the weights of the super-net of a part of the space; what is to be known of it, as plain values."""
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, Tensor] = {}
        plain = take(supernet, tensors, "supernet")
        return {"options": options_left(part), "state": plain, **self._written(f"{trial.name}.{place}", tensors)}

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
    """

    def __init__(
        self, design: Design, trial: Trial, assembled: Parts, supernets: Sequence[tuple[SuperNet, SubSpace]]
    ) -> None:
        self.design, self.trial, self.supernets = design, trial, list(supernets)
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

        Raises:
            FloatingPointError: an architecture has no score that the study ranks by.
        """
        group, arm = Scored(paths_of(self.design, architectures)), self.design.arms[self.trial.arm]
        for supernet, part in self.supernets:
            group.fill(part, partial(score, arm, self._assembled, supernet))
        return {name: np.asarray(values) for name, values in group.columns.items()}


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
        supernets = [
            (_put(deepcopy(assembled.supernet), part, path), SubSpace(design.space, dict(enumerate(part["options"]))))
            for part in content["parts"]
        ]
    except DataError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, RuntimeError) as reason:
        raise DataError(f"{path} is not the super-net of a trial: {reason}") from reason
    return TrainedSuperNet(design, trial, assembled, supernets)


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
