"""The resolved design of a study: everything that decides its results, drawn and fixed before any training.

The pool and the landmarks are drawn once and shared by all strategies. A landmark set belongs to a seed. No pool
architecture is isomorphic to a landmark of any seed, or computes the same function of shared weights, so nothing that
is ranked has been trained on as a landmark.

The fingerprint covers the study, the data, the drawn architectures and the environment: stored results are continued
only under the same one.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.datasets import ImageDataset, has_official_halves, load_dataset
from bench.oracles import Table, open_oracle
from bench.runner.study import Study
from bench.seeds import Purpose, generator
from bench.training.regularizers.landmark import choose_landmarks
from spaces import SearchSpace, get_space

Known = npt.NDArray[np.bool_]
"""Whether the truth of an architecture is known, by position."""

PINNED = ("nasrank", "torch", "numpy", "scipy", "scikit-learn")
"""Packages whose versions are part of a result."""


@dataclass(frozen=True)
class Trial:
    """One super-net to train and score."""

    strategy: str
    guided: bool
    seed: int

    @property
    def name(self) -> str:
        return f"{self.strategy}-{'landmark' if self.guided else 'plain'}-seed{self.seed}"


@dataclass(frozen=True)
class Design:
    """A study with what was drawn for it.

    Attributes:
        pool: positions of the scored architectures, in random order.
        landmarks: positions of the landmarks of each seed, rising.
        truth: provenance of the oracle and the column read from it.
        images: provenance and checksum of the images, and whether their split is the official one.
        environment: versions and processor.
    """

    study: Study
    pool: tuple[int, ...]
    landmarks: dict[int, tuple[int, ...]]
    truth: dict[str, Any]
    images: dict[str, str]
    environment: dict[str, str]

    @property
    def trials(self) -> list[Trial]:
        """Every trial, seed by seed, so that an unfinished study holds whole seeds."""
        return [
            Trial(strategy, guided, seed)
            for seed in self.study.seeds
            for strategy in self.study.strategies
            for guided in (False, True)
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is the inverse."""
        return {
            "study": self.study.model_dump(mode="json"),
            "truth": self.truth,
            "images": self.images,
            "environment": self.environment,
            "landmarks": {str(seed): list(positions) for seed, positions in self.landmarks.items()},
            "pool": list(self.pool),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Design:
        """Raises ValueError when a key is missing or of another form."""
        try:
            return cls(
                study=Study.model_validate(content["study"]),
                pool=tuple(content["pool"]),
                landmarks={int(seed): tuple(positions) for seed, positions in content["landmarks"].items()},
                truth=content["truth"],
                images=content["images"],
                environment=content["environment"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the design of a study: {error!r}") from error

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def truth_of(study: Study, table: Table) -> npt.NDArray[np.float64]:
    """What rankings are compared with, by position `(architectures,)`: NaN where the table has nothing finite.

    Higher is better: accuracy in percent, or minus the loss in nats.
    """
    truth = study.truth
    column = table.find(
        metric=truth.metric, dataset=truth.dataset, split=truth.split, epochs=truth.epochs, seeds=truth.seeds
    )
    values = table.whole(column)
    found = np.full(len(get_space(study.space)), np.nan)
    found[table.rows.positions] = np.where(np.isfinite(values), values, np.nan)
    return found if column.direction == "higher" else -found


def seeds_of_truth(study: Study, table: Table) -> npt.NDArray[np.float64] | None:
    """The same for every seed, `(seeds, architectures)`, of a truth that is the mean of several; else None."""
    truth = study.truth
    seeds = table.seeds_of(metric=truth.metric, dataset=truth.dataset, split=truth.split, epochs=truth.epochs)
    if truth.seeds != "mean" or len(seeds) < 2:
        return None
    single = (truth.model_copy(update={"seeds": seed}) for seed in seeds)
    return np.stack([truth_of(study.model_copy(update={"truth": one}), table) for one in single])


def open_truth(study: Study, data_root: Path | None = None) -> Table:
    """The oracle of a study; ValueError when it describes another space."""
    table = open_oracle(study.truth.oracle, data_root=data_root)
    if table.provenance.space != study.space:
        raise ValueError(f"the study is about {study.space}, but {study.truth.oracle} holds {table.provenance.space}")
    return table


def reopen_truth(design: Design, data_root: Path | None = None) -> Table:
    """The oracle of stored results; ValueError when a table of that name has another source by now."""
    table = open_truth(design.study, data_root)
    known, found = design.truth["sha256"], table.provenance.sha256
    if known != found:
        raise ValueError(
            f"these results were drawn from the table {design.study.truth.oracle} with sha256 {known[:16]}..., but the "
            f"table of that name has {found[:16]}... now: run the study again, or import the earlier table"
        )
    return table


def resolve(study: Study, data_root: Path | None = None) -> tuple[Design, npt.NDArray[np.float64], ImageDataset]:
    """Draw what the study leaves open; also returns the truth as in `truth_of`, and the images.

    Raises:
        ValueError: an option of the study cannot be met, such as a pool larger than what the truth covers.
    """
    table = open_truth(study, data_root)
    truth = truth_of(study, table)
    _refuse_too_few(study, np.isfinite(truth))
    images = load_dataset(study.images.dataset, data_root=data_root)
    landmarks = {seed: _draw_landmarks(study, truth, seed) for seed in study.seeds}
    design = Design(
        study=study,
        pool=_draw_pool(study, landmarks, np.isfinite(truth)),
        landmarks=landmarks,
        truth={**asdict(table.provenance), **study.truth.model_dump(mode="json")},
        images={
            "name": images.name,
            "sha256": images.sha256,
            "provenance": images.provenance,
            "split": _split(study, data_root),
        },
        environment=environment(),
    )
    return design, truth, images


def _split(study: Study, data_root: Path | None) -> str:
    if study.images.split != "official_if_present":
        return study.images.split
    return "official" if has_official_halves(data_root) else "random"


def _refuse_too_few(study: Study, known: Known) -> None:
    needed = study.pool.size + study.landmarks.count * len(study.seeds)
    if needed > known.sum():
        raise ValueError(
            f"{study.truth.oracle} has this truth of {known.sum():,} of the {len(known):,} architectures of "
            f"{study.space}, too few for a pool of {study.pool.size:,} and {len(study.seeds)} seeds of "
            f"{study.landmarks.count} landmarks"
        )


def _draw_landmarks(study: Study, truth: npt.NDArray[np.float64], seed: int) -> tuple[int, ...]:
    stream = generator(seed, Purpose.LANDMARK_CHOICE)
    known = np.flatnonzero(np.isfinite(truth))
    places = choose_landmarks(truth[known], study.landmarks.count, study.landmarks.choice, stream)
    return tuple(int(position) for position in known[places])


def _draw_pool(study: Study, landmarks: dict[int, tuple[int, ...]], known: Known) -> tuple[int, ...]:
    """From the architectures of known truth: those that come first in a random order of the whole space."""
    space = get_space(study.space)
    barred = {key for positions in landmarks.values() for position in positions for key in _identities(space, position)}
    order = generator(study.common_seed, Purpose.POOL).permutation(len(space))
    allowed = (int(position) for position in order[known[order]] if not barred & _identities(space, int(position)))
    pool = tuple(islice(allowed, study.pool.size))
    if len(pool) < study.pool.size:
        raise ValueError(f"pool.size = {study.pool.size}, but only {len(pool)} differ from every landmark")
    return pool


def _identities(space: SearchSpace[Any], position: int) -> set[str]:
    """What the benchmark holds equal, and what shared weights cannot tell apart; neither is finer than the other."""
    architecture = space.at(position)
    return {space.canonical(architecture), space.canonical(space.functional(architecture, silence_is_zero=True))}


def environment() -> dict[str, str]:
    """Python, the pinned packages and the processor."""
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in PINNED},
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
