"""What a trial would go on from if it were killed: a file of tensors and a plain one beside it, in a folder of its own.

The plain file is written last and names the other, so that there is always one whole checkpoint, the latest or the one
before. It says what the trial is made of; one of other code, versions, settings, labels or data is not used.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.torch import load_file, save_file
from torch import Tensor

from nasrank.bench.foundation.devices import kind_of
from nasrank.bench.foundation.files import replacing, sha256_of
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.fingerprints import digest
from nasrank.bench.runner.source import source_of
from nasrank.bench.runner.tasks import Trial

FORMAT = 1
STATE_FILE = "checkpoint.json"

Identity = dict[str, str]
"""Checksums of what decides how a trial goes on, by what that is; of the device, its kind."""


@dataclass(frozen=True)
class Checkpoints:
    """Where the trials of a study keep what they would go on from, and how often.

    Attributes:
        folder: need not exist yet; each trial has a folder in it.
        minutes: of training between two of them.
    """

    folder: Path
    minutes: float = 10.0

    def of(self, design: Design, trial: Trial, labels: npt.NDArray[np.float64]) -> Checkpoint:
        """That of a trial."""
        return Checkpoint(self.folder / trial.name, identity_of(design, trial, labels), 60 * self.minutes)

    def remove(self, trial: Trial) -> None:
        """Of a trial that is finished."""
        shutil.rmtree(self.folder / trial.name, ignore_errors=True)
        with suppress(OSError):  # others are still there, or there was none
            self.folder.rmdir()


def identity_of(design: Design, trial: Trial, labels: npt.NDArray[np.float64]) -> Identity:
    """Of a trial that is told these labels."""
    arm = design.arms[trial.arm]
    kinds = [arm.strategy, *(term.kind for term in arm.study.terms)]
    return {
        "code": source_of(*kinds),
        "settings": digest([trial.name, design.settings(trial)]),
        "study or data": digest(design.common),
        "labels": digest(labels.tolist()),
        "device": kind_of(design.device),
    }


class Checkpoint:
    """The latest checkpoint of a trial.

    Args:
        folder: of its own; need not exist.
        seconds: between two checkpoints, or 0 for one after every step.
    """

    def __init__(self, folder: Path, identity: Identity, seconds: float) -> None:
        self._folder, self._identity, self._seconds = folder, identity, seconds
        self._since = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether so long has passed since the last one, or since the start."""
        return time.monotonic() - self._since >= self._seconds

    def keep(self, plain: Any, tensors: Mapping[str, Tensor], step: int) -> None:
        """Let this be the latest, whole or not at all.

        Args:
            step: so many are done, which is said to whoever looks.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"step-{step}.safetensors"
        with replacing(path) as temporary:
            save_file(dict(tensors), temporary)
        content = {
            "format": FORMAT,
            "step": step,
            "identity": self._identity,
            "tensors": path.name,
            "sha256": sha256_of(path),
            "state": plain,
        }
        write_json(self._folder / STATE_FILE, content)
        for other in self._folder.glob("*.safetensors"):
            if other != path:
                other.unlink(missing_ok=True)
        self.wait()

    def wait(self) -> None:
        """The next one is due only when so long has passed from now on."""
        self._since = time.monotonic()

    def latest(self) -> tuple[Any, dict[str, Tensor]] | None:
        """What to go on from; None where there is nothing of this very trial.

        What is damaged is worth nothing either: a trial that cannot go on begins anew.
        """
        if self.step is None:
            return None
        with suppress(ValueError, OSError, KeyError, TypeError):
            content = read_json(self._folder / STATE_FILE)
            path = self._folder / content["tensors"]
            if path.parent == self._folder and sha256_of(path) == content["sha256"]:
                return content["state"], load_file(path)
        return None

    @property
    def in_words(self) -> str:
        """What becomes of the checkpoint that is there; empty where there is none."""
        if self.refusal:
            return f"a checkpoint is not used: {self.refusal}"
        return "" if self.step is None else f"goes on after step {self.step:,}"

    @property
    def step(self) -> int | None:
        """So many steps are done in the latest; None where there is none to go on from."""
        content = self._content()
        return int(content["step"]) if content and not self.refusal else None

    @property
    def refusal(self) -> str:
        """Why the checkpoint that is there is not used, in words; empty where it is, or where there is none."""
        content = self._content()
        if content is None:
            return ""
        if content.get("format") != FORMAT:
            return "it is of another version of nasrank"
        identity = content.get("identity", {})
        different = [name for name, known in self._identity.items() if identity.get(name) != known]
        return f"it is of other {', '.join(different)}" if different else ""

    def _content(self) -> dict[str, Any] | None:
        with suppress(ValueError, OSError):
            content = read_json(self._folder / STATE_FILE)
            if isinstance(content, dict) and isinstance(content.get("step"), int):
                return content
        return None
