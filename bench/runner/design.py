"""The resolved design of a study: everything that decides its results, drawn and fixed before any training.

The fingerprint covers the study, the data, the drawn architectures and the environment. Stored results are continued
under the same one, and also when nothing but the arms has changed: what they have in common decides the rest. The
device is no part of it, as the processor is none: a study that moves to another device is still the same one. Results
of different devices are not mixed, which `nasrank.bench.runner.results` sees to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.devices import refuse_unknown_device
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Arm, Row, rows_of
from nasrank.bench.runner.fingerprints import checksum, digest, on_any_device, texts, texts_by_seed
from nasrank.bench.runner.landmarks import labels, refuse_unordered
from nasrank.bench.runner.stored_design import FORMAT, check_design
from nasrank.bench.runner.tasks import Estimate, Trial
from nasrank.bench.studies.study import Study
from nasrank.spaces import SearchSpace, get_space

if TYPE_CHECKING:
    from nasrank.bench.runner.truth import Truth

Architectures = tuple[Any, ...]

LandmarkSets = dict[int, Architectures]
"""The landmarks of each seed."""


@dataclass(frozen=True)
class Design:
    """A study with what was drawn for it.

    Attributes:
        pool: the scored architectures, in random order.
        landmarks: those of each seed.
        own_landmarks: the same of the rows that choose them in another way, by name; of those that wait for a super-net
            to choose, there are none yet.
        candidates: what super-nets choose from, of each seed; empty where none does.
        lookalikes: what is scored besides, as the natural pool has it, see `nasrank.bench.runner.pool`.
        truth: provenance of the oracle and the column read from it.
        images: provenance and checksum of the images, and whether their split is the official one; under `others` the
            same of data sets that variants train on instead, by name.
        environment: versions; processors are recorded trial by trial.
        drawn_from: what pool and landmarks were drawn from, a few words, where that is not all whose truth is known:
            they are those of earlier results, see `nasrank.bench.runner.reuse`.
        passed_over: what came first in that draw and was left out of the pool, see `nasrank.bench.runner.pool`; else it
            is found by drawing again.
        seed_counts: how many seeds each row has, by name, where they are added look by look; else none.
    """

    study: Study
    pool: Architectures
    landmarks: LandmarkSets
    truth: dict[str, Any]
    images: dict[str, Any]
    environment: dict[str, str]
    own_landmarks: dict[str, LandmarkSets] = field(default_factory=dict)
    candidates: LandmarkSets = field(default_factory=dict)
    lookalikes: Architectures = ()
    drawn_from: str = ""
    passed_over: Architectures = ()
    seed_counts: dict[str, int] = field(default_factory=dict)

    @property
    def space(self) -> SearchSpace[Any]:
        """What its architectures are of."""
        return get_space(self.study.space)

    @cached_property
    def rows(self) -> dict[str, Row]:
        """What is compared, by name."""
        return rows_of(self.study)

    @cached_property
    def arms(self) -> dict[str, Arm]:
        """What is trained, by name."""
        return {arm.name: arm for row in self.rows.values() for arm in row.arms}

    @cached_property
    def trials(self) -> list[Trial]:
        """Every trial whose landmarks are known, seed by seed, so that an unfinished study holds whole seeds."""
        every = (
            Trial(arm.name, seed)
            for place, seed in enumerate(self.study.every_seed)
            for row in self.rows.values()
            for arm in row.arms
            if place < self._count(row.name) and not (arm.has_labels and row.name in self.waiting)
        )
        return list(dict.fromkeys(every))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those that any row has so far."""
        return self.study.every_seed[: max(map(self._count, self.rows))]

    def seeds_of(self, row: str) -> tuple[int, ...]:
        """Those of a row so far, on both sides; an arm that it shares may have more."""
        return self.study.every_seed[: self._count(row)]

    def seeds_of_arm(self, arm: str) -> tuple[int, ...]:
        """Those that an arm is trained with so far: as many as the row has that needs most of them."""
        counts = [self._count(row.name) for row in self.rows.values() if arm in {one.name for one in row.arms}]
        return self.study.every_seed[: max(counts)]

    def _count(self, row: str) -> int:
        return self.seed_counts.get(row, len(self.study.every_seed))

    @cached_property
    def ranked(self) -> Architectures:
        """The pool without architectures that a landmark gives away, which is what is ranked in reports.

        A pool is drawn without what the benchmark holds isomorphic to a landmark, and without what computes the same
        once edges that cannot matter are left out. Neither sees that a sum may be written in another order, or that a
        skip connection may take another way. Such a twin of a landmark, of any row and seed, was trained on as that
        landmark; what it scores says nothing about how guidance ranks other architectures.
        """
        expressions, sets = self.space.expressions, [self.landmarks, *self.own_landmarks.values()]
        chosen = {landmark for one in sets for architectures in one.values() for landmark in architectures}
        barred = {text for landmark in chosen for text in expressions(landmark)}
        return tuple(architecture for architecture in self.pool if not barred & expressions(architecture))

    @property
    def natural_pool(self) -> Architectures:
        """As large as the pool, with the lookalikes in place of its last architectures."""
        return self.pool[: len(self.pool) - len(self.lookalikes)] + self.lookalikes

    @property
    def waiting(self) -> list[str]:
        """Rows whose landmarks are still to be chosen."""
        return [name for name, row in self.rows.items() if row.study.landmarks.after and name not in self.own_landmarks]

    def landmarks_of(self, row: str, seed: int) -> Architectures:
        """A row's landmarks."""
        return self.own_landmarks.get(row, self.landmarks)[seed]

    def scored_landmarks(self, trial: Trial) -> Architectures:
        """The landmarks that a trial scores: those of every row that its arm belongs to.

        With them, the candidates from which others are to be chosen, and the other half where one half guides.
        """
        own = [row for row in self.rows.values() if trial.arm in {arm.name for arm in row.arms}]
        if self.arms[trial.arm].has_labels:
            names = [row.name for row in own]
            choosing = any(row.study.landmarks.after in names for row in self.rows.values())
        else:
            names = [self._first_chooser(row.name) for row in own]
            choosing = any(row.study.landmarks.after for row in own)
        sets = [self.landmarks_of(name, trial.seed) for name in names]
        if any(row.study.landmarks.half != "both" for row in own):
            sets.append(self.landmarks[trial.seed])
        return tuple(dict.fromkeys(chain(*sets, self.candidates[trial.seed] if choosing else ())))

    def row_of(self, trial: Trial) -> Row:
        """The first row that the arm of a trial belongs to; the only one where it has labels."""
        return next(row for row in self.rows.values() if trial.arm in {arm.name for arm in row.arms})

    def lacks_landmarks(self, trial: Trial) -> bool:
        """Whether a trial has no landmarks to be guided by, as the super-net that was to choose them failed."""
        return self.arms[trial.arm].has_labels and not self.landmarks_of(self.row_of(trial).name, trial.seed)

    def _first_chooser(self, row: str) -> str:
        """The row whose landmarks were drawn and not chosen, to which this one's chain of choices goes back."""
        after = self.rows[row].study.landmarks.after
        return self._first_chooser(after) if after else row

    def labels_of(self, row: str, seed: int, truth: Truth) -> npt.NDArray[np.float64]:
        """What the landmarks of a row are said to reach, `(landmarks,)`, in the unit of the truth."""
        return self._labels_at(self.landmarks_of(row, seed), row, seed, truth)

    def labels_for(self, trial: Trial, truth: Truth) -> npt.NDArray[np.float64]:
        """What a trial is told of its landmarks, `(landmarks,)`; empty where no term of it is told anything."""
        if not self.arms[trial.arm].has_labels:
            return np.empty(0)
        return self.labels_of(self.row_of(trial).name, trial.seed, truth)

    def refuse_unordered_labels(self, truth: Truth) -> None:
        """ValueError that names the first row and seed whose labels leave every pair of landmarks without an order.

        Of a row whose landmarks are still to be chosen, those are looked at that it starts with. The ones that a
        super-net adds to them take no order away, so that no choice can fail for want of one.
        """
        for name, row in self.rows.items():
            known = self._first_chooser(name) if name in self.waiting else name
            for seed in self.study.every_seed:
                own = self._labels_at(self.landmarks_of(known, seed), name, seed, truth)
                refuse_unordered(own, f"{name} ({row.label}), seed {seed}")

    def _labels_at(self, landmarks: Architectures, row: str, seed: int, truth: Truth) -> npt.NDArray[np.float64]:
        section = self.rows[row].study.landmarks
        return labels(truth.of(landmarks), section.order, section.label_noise, generator(seed, Purpose.LABEL_NOISE))

    def settings(self, trial: Trial) -> dict[str, Any]:
        """What decides the result of a trial apart from what all arms share, as plain values.

        With `scored`, a checksum of the landmarks that it scores; `images_sha256`, that of another data set than the
        study's; `revision`, that of the strategy, where it is not the first; and `chosen`, the landmarks that a
        super-net has chosen for this trial.
        """
        arm = self.arms[trial.arm]
        content: dict[str, Any] = {**arm.settings, "scored": checksum(self.scored_landmarks(trial))}
        if arm.study.images.dataset != self.study.images.dataset:
            content["images_sha256"] = self.images["others"][arm.study.images.dataset]["sha256"]
        if arm.strategy.revision:
            content["revision"] = arm.strategy.revision
        if arm.has_labels and arm.study.landmarks.after:
            content["chosen"] = texts(self.landmarks_of(self.row_of(trial).name, trial.seed))
        return content

    def settings_of(self, estimate: Estimate) -> dict[str, Any]:
        """What decides the scores of an estimate apart from what is common to the study, as plain values."""
        content: dict[str, Any] = {"estimator": estimate.estimator, "ranked": checksum(self.ranked)}
        if estimate.row:
            section = self.rows[estimate.row].study.landmarks
            content["landmarks"] = checksum(self.landmarks_of(estimate.row, estimate.seed))
            content |= section.model_dump(mode="json", include={"order", "label_noise"})
        return content

    def to_json(self) -> dict[str, Any]:
        """Plain values, with architectures by their text; `from_json` is the inverse."""
        own = {arm: texts_by_seed(sets) for arm, sets in self.own_landmarks.items()}
        return {
            "format": FORMAT,
            **({"own_landmarks": own} if own else {}),
            **({"candidates": texts_by_seed(self.candidates)} if self.candidates else {}),
            "study": self.study.model_dump(mode="json"),
            "truth": self.truth,
            "images": self.images,
            "environment": self.environment,
            "landmarks": texts_by_seed(self.landmarks),
            "pool": texts(self.pool),
            **({"lookalikes": texts(self.lookalikes)} if self.lookalikes else {}),
            **({"drawn_from": self.drawn_from} if self.drawn_from else {}),
            **({"passed_over": texts(self.passed_over)} if self.passed_over else {}),
            **({"seed_counts": self.seed_counts} if self.seed_counts else {}),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Design:
        """Raises ValueError when a key is missing or of another form, or names no architectures of the study's space.

        Designs of earlier versions of nasrank, which went by positions, are read as well.
        """
        try:
            study, drawn = check_design(content)
        except ValueError as error:
            raise ValueError(f"not the design of a study: {error}") from error
        design = cls(
            study=study,
            pool=drawn.pool,
            landmarks=drawn.landmarks,
            truth=content["truth"],
            images=content["images"],
            environment=content["environment"],
            own_landmarks=drawn.own_landmarks,
            candidates=drawn.candidates,
            lookalikes=drawn.lookalikes,
            drawn_from=content.get("drawn_from", ""),
            passed_over=drawn.passed_over,
            seed_counts=dict(content.get("seed_counts", {})),
        )
        if others := drawn.own_landmarks.keys() - design.rows.keys():
            raise ValueError(f"not the design of a study: own_landmarks: it has no row {min(others)!r}")
        if any(row.study.landmarks.after for row in design.rows.values()) and not design.candidates:
            raise ValueError("not the design of a study: candidates: there are none to choose landmarks from")
        looks = study.looks.seeds if study.looks else ()
        if design.seed_counts.keys() != (set(design.rows) if looks else set()):
            raise ValueError("not the design of a study: seed_counts: they are of the rows whose seeds are not listed")
        if no_looks := set(design.seed_counts.values()) - set(looks):
            raise ValueError(f"not the design of a study: seed_counts: there is no look at {min(no_looks)} seeds")
        return design

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, the same on every device."""
        return digest({**self.to_json(), "study": on_any_device(self.study.model_dump(mode="json"))})

    @property
    def device(self) -> str:
        """What it trains on, as torch names it."""
        return self.study.training.device

    def on(self, device: str) -> Design:
        """The same on another device; ValueError when there is none of this name anywhere."""
        training = self.study.training.model_copy(update={"device": refuse_unknown_device(device)})
        return replace(self, study=self.study.model_copy(update={"training": training}))

    @property
    def common(self) -> dict[str, Any]:
        """What all trials share, as plain values: all but the arms, and what is made of their results.

        Nor other data sets of variants, nor the lookalikes, which results of before they were scored lack, nor the
        words about what was drawn, nor the device, nor how many seeds rows have so far.
        """
        content = self.to_json()
        for own in ("own_landmarks", "lookalikes", "drawn_from", "passed_over", "seed_counts"):
            content.pop(own, None)
        content["images"] = {name: value for name, value in self.images.items() if name != "others"}
        study = self.study.model_dump(
            mode="json", exclude={"title", "strategies", "variants", "analysis", "estimators", "claims"}
        )
        content["study"] = {**on_any_device(study), "score": self.study.analysis.score}
        plain: dict[str, Any] = json.loads(json.dumps(content))
        return plain

    @property
    def common_fingerprint(self) -> str:
        """16 hexadecimal digits."""
        return digest(self.common)
