"""The resolved design of a study: everything that decides its results, drawn and fixed before any training.

The fingerprint covers the study, the data, the drawn architectures and the environment. Stored results are continued
under the same one, and also when nothing but the arms has changed: what they have in common decides the rest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Arm, arms_of
from nasrank.bench.runner.landmarks import labels, refuse_unordered
from nasrank.bench.runner.stored import check_design
from nasrank.bench.studies.study import Study


@dataclass(frozen=True)
class Trial:
    """One super-net to train and score."""

    arm: str
    guided: bool
    seed: int

    @property
    def name(self) -> str:
        return f"{self.arm}-{'landmark' if self.guided else 'plain'}-seed{self.seed}"


@dataclass(frozen=True)
class Design:
    """A study with what was drawn for it.

    Attributes:
        pool: positions of the scored architectures, in random order.
        landmarks: positions of the landmarks of each seed, rising.
        own_landmarks: the same of the arms that choose them in another way; of those that wait for a super-net to
            choose, there are none yet.
        candidates: positions that super-nets choose from, of each seed, rising; empty where none does.
        lookalikes: positions that are scored besides, as the natural pool has them, see `nasrank.bench.runner.pool`.
        truth: provenance of the oracle and the column read from it.
        images: provenance and checksum of the images, and whether their split is the official one.
        environment: versions; processors are recorded trial by trial.
    """

    study: Study
    pool: tuple[int, ...]
    landmarks: dict[int, tuple[int, ...]]
    truth: dict[str, Any]
    images: dict[str, str]
    environment: dict[str, str]
    own_landmarks: dict[str, dict[int, tuple[int, ...]]] = field(default_factory=dict)
    candidates: dict[int, tuple[int, ...]] = field(default_factory=dict)
    lookalikes: tuple[int, ...] = ()

    @cached_property
    def arms(self) -> dict[str, Arm]:
        """What is compared, by name."""
        return arms_of(self.study)

    @cached_property
    def trials(self) -> list[Trial]:
        """Every trial whose landmarks are known, seed by seed, so that an unfinished study holds whole seeds."""
        every = (
            self.trial(arm, guided, seed)
            for seed in self.study.seeds
            for arm in self.arms
            for guided in (False, True)
            if not guided or arm not in self.waiting
        )
        return list(dict.fromkeys(every))

    @property
    def natural_pool(self) -> tuple[int, ...]:
        """As large as the pool, with the lookalikes in place of its last architectures."""
        return self.pool[: len(self.pool) - len(self.lookalikes)] + self.lookalikes

    @property
    def waiting(self) -> list[str]:
        """Arms whose landmarks are still to be chosen."""
        return [name for name, arm in self.arms.items() if arm.study.landmarks.after and name not in self.own_landmarks]

    def trial(self, arm: str, guided: bool, seed: int) -> Trial:
        """The trial of an arm; arms may share those without landmarks."""
        return Trial(arm if guided else self.arms[arm].plain, guided, seed)

    def landmarks_of(self, arm: str, seed: int) -> tuple[int, ...]:
        """Positions of an arm's landmarks, rising."""
        return self.own_landmarks.get(arm, self.landmarks)[seed]

    def scored_landmarks(self, trial: Trial) -> tuple[int, ...]:
        """Positions of the landmarks that a trial scores, rising: those of every arm that it belongs to.

        With them, the candidates from which others are to be chosen.
        """
        if trial.guided:
            arms, choosing = [trial.arm], any(one.study.landmarks.after == trial.arm for one in self.arms.values())
        else:
            own = {name: arm for name, arm in self.arms.items() if arm.plain == trial.arm}
            arms = [self._first_chooser(name) for name in own]
            choosing = any(arm.study.landmarks.after for arm in own.values())
        positions = {position for arm in arms for position in self.landmarks_of(arm, trial.seed)}
        return tuple(sorted(positions.union(self.candidates[trial.seed] if choosing else ())))

    def lacks_landmarks(self, trial: Trial) -> bool:
        """Whether a guided trial has no landmarks, as the super-net that was to choose them failed."""
        return trial.guided and not self.landmarks_of(trial.arm, trial.seed)

    def _first_chooser(self, arm: str) -> str:
        """The arm whose landmarks were drawn and not chosen, to which this one's chain of choices goes back."""
        after = self.arms[arm].study.landmarks.after
        return self._first_chooser(after) if after else arm

    def labels_of(self, arm: str, seed: int, truth: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What the landmarks of an arm are said to reach, `(landmarks,)`, in the unit of the truth.

        Args:
            truth: of the whole space by position.
        """
        return self._labels_at(self.landmarks_of(arm, seed), arm, seed, truth)

    def refuse_unordered_labels(self, truth: npt.NDArray[np.float64]) -> None:
        """ValueError that names the first arm and seed whose labels leave every pair of landmarks without an order.

        Of an arm whose landmarks are still to be chosen, those are looked at that it starts with. The ones that a
        super-net adds to them take no order away, so that no choice can fail for want of one.
        """
        for name, arm in self.arms.items():
            known = self._first_chooser(name) if name in self.waiting else name
            for seed in self.study.seeds:
                own = self._labels_at(self.landmarks_of(known, seed), name, seed, truth)
                refuse_unordered(own, f"{name} ({arm.label}), seed {seed}")

    def _labels_at(
        self, positions: tuple[int, ...], arm: str, seed: int, truth: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        noise = self.arms[arm].study.landmarks.label_noise
        return labels(truth[np.array(positions, dtype=np.int64)], noise, generator(seed, Purpose.LABEL_NOISE))

    def settings(self, trial: Trial) -> dict[str, Any]:
        """What decides the result of a trial apart from what all arms share, as plain values.

        With `revision`, that of the strategy, where it is not the first, and `chosen`, the landmarks that a super-net
        has chosen for this trial.
        """
        arm = self.arms[trial.arm]
        content: dict[str, Any] = {**arm.settings, "positions": list(self.scored_landmarks(trial))}
        if arm.strategy.revision:
            content["revision"] = arm.strategy.revision
        if trial.guided and arm.study.landmarks.after:
            content["chosen"] = list(self.landmarks_of(trial.arm, trial.seed))
        return content if trial.guided else {name: value for name, value in content.items() if name != "landmarks"}

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is the inverse."""
        own = {
            arm: {str(seed): list(positions) for seed, positions in sets.items()}
            for arm, sets in self.own_landmarks.items()
        }
        candidates = {str(seed): list(positions) for seed, positions in self.candidates.items()}
        return {
            **({"own_landmarks": own} if own else {}),
            **({"candidates": candidates} if candidates else {}),
            "study": self.study.model_dump(mode="json"),
            "truth": self.truth,
            "images": self.images,
            "environment": self.environment,
            "landmarks": {str(seed): list(positions) for seed, positions in self.landmarks.items()},
            "pool": list(self.pool),
            **({"lookalikes": list(self.lookalikes)} if self.lookalikes else {}),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Design:
        """Raises ValueError when a key is missing or of another form, or positions are not of the study's space."""
        try:
            study = check_design(content)
        except ValueError as error:
            raise ValueError(f"not the design of a study: {error}") from error
        own = {arm: _by_seed(sets) for arm, sets in content.get("own_landmarks", {}).items()}
        design = cls(
            study=study,
            pool=tuple(content["pool"]),
            landmarks=_by_seed(content["landmarks"]),
            truth=content["truth"],
            images=content["images"],
            environment=content["environment"],
            own_landmarks=own,
            candidates=_by_seed(content.get("candidates", {})),
            lookalikes=tuple(content.get("lookalikes", ())),
        )
        if others := own.keys() - design.arms.keys():
            raise ValueError(f"not the design of a study: own_landmarks: it has no row {min(others)!r}")
        if any(arm.study.landmarks.after for arm in design.arms.values()) and not design.candidates:
            raise ValueError("not the design of a study: candidates: there are none to choose landmarks from")
        return design

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits."""
        return _digest(self.to_json())

    @property
    def common(self) -> dict[str, Any]:
        """What all trials share, as plain values: all but the arms, and what is made of their results.

        Nor the lookalikes, which results of before they were scored lack.
        """
        content = self.to_json()
        for own in ("own_landmarks", "lookalikes"):
            content.pop(own, None)
        study = self.study.model_dump(mode="json", exclude={"title", "strategies", "variants", "analysis"})
        content["study"] = {**study, "score": self.study.analysis.score}
        plain: dict[str, Any] = json.loads(json.dumps(content))
        return plain

    @property
    def common_fingerprint(self) -> str:
        """16 hexadecimal digits."""
        return _digest(self.common)


def _by_seed(sets: dict[str, list[int]]) -> dict[int, tuple[int, ...]]:
    return {int(seed): tuple(positions) for seed, positions in sets.items()}


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
