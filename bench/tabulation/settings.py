"""What decides the result of one stand-alone training run, and which of them a table asks for.

The two are apart because finished networks outlive a table: one with more architectures or more seeds, under the same
training settings, takes over what an earlier one trained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from itertools import islice
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.data import DATASETS, load_dataset
from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.foundation.environment import environment, processor
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import MOST_SEEDS
from nasrank.bench.studies import bounds
from nasrank.bench.tabulation.network import words
from nasrank.bench.tasks import TASKS, Task
from nasrank.bench.training.optimizers import OPTIMIZERS, Sgd
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import Enumerated, get_enumerated, get_space
from nasrank.spaces.moves import different
from nasrank.spaces.options import NetworkOptions
from nasrank.spaces.subspace import in_part

COMMON_SEED = 0
"""Draws what all networks share: the order of the architectures, the split and the test images' perturbation."""

CURVE_POINTS = 4
"""Learning curves are measured at so many points at most, the last of them the end."""

TEST_COPIES = 3
"""The end of training is measured on so many perturbed copies of the test images; of text, on the windows once."""


MOST = {
    "epochs": bounds.MOST_EPOCHS,
    "learning_rate": bounds.HIGHEST_RATE,
    "noise": bounds.MOST_IMAGE_NOISE,
    "weight_decay": bounds.STRONGEST_DECAY,
    "clip": bounds.LOOSEST_CLIP,
}
"""Of what an option may be; see `nasrank.bench.studies.bounds`; a space bounds what its networks have."""


def versions(space_name: str) -> dict[str, str]:
    """What a study records, the processor, and versions of packages that decide what networks of a space are.

    That of NAS-Bench-101's builder is recorded for all spaces, as it was before they named their own.
    """
    own = ("nasbench-pytorch", *get_space(space_name).libraries)
    return {**environment(), "processor": processor(), **{name: version(name) for name in own}}


@dataclass(frozen=True)
class StandaloneTraining:
    """How every network of a table is trained and measured.

    Attributes:
        data: name of the images or the text, a key of `nasrank.bench.data.DATASETS`.
        training_images: how many train, drawn at random with the classes in proportion; of text, how many windows.
        test_images: how many others measure.
        padding: largest shift of a training or test image, in pixels.
        noise: standard deviation of the noise on them, in units of normalized pixels.
        network: what the networks of the space are built with; see `nasrank.bench.tabulation.network`.
        learning_rate: at the start, or after the warm-up; it falls to zero along a cosine.
        optimizer: a key of `nasrank.bench.training.optimizers.OPTIMIZERS`.
        momentum: of SGD, Nesterov's; the first decay rate of Adam and AdamW.
        weight_decay: each optimizer says how it is applied.
        warm_up: first fraction of training, in [0, 1), in which the learning rate rises from zero.
        clip: greatest norm of the gradient of all weights.

    Raises:
        ValueError: an option is out of its range, names what there is not, or does not fit the data set.
    """

    space: str
    data: str
    epochs: int
    training_images: int
    test_images: int
    padding: int
    noise: float
    network: NetworkOptions
    batch_size: int
    learning_rate: float
    optimizer: str = "sgd"
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warm_up: float = 0.0
    clip: float = 5.0

    def __post_init__(self) -> None:
        if type(self.network) is not get_enumerated(self.space).network_options:
            raise ValueError(f"{type(self.network).__name__} are not the options of networks of {self.space}")
        if both := type(self.network).model_fields.keys() & {field.name for field in fields(self)}:
            raise ValueError(f"networks of {self.space} and their training have an option {min(both)} each")
        for name in ("epochs", "training_images", "test_images"):
            if getattr(self, name) < 1:
                raise ValueError(f"{words(name)} must be at least 1, not {getattr(self, name)}")
        if self.batch_size < 2:
            raise ValueError(f"batch size must be at least 2 for batch normalization, not {self.batch_size}")
        if not 0 < self.learning_rate < inf:
            raise ValueError(f"learning rate must be a positive number, not {self.learning_rate}")
        if self.training_images < self.batch_size:
            raise ValueError(f"{self.training_images} training images do not make a batch of {self.batch_size}")
        OPTIMIZERS.named(self.optimizer)  # refuses what there is not
        for name in ("momentum", "warm_up"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{words(name)} must be at least 0 and less than 1, not {getattr(self, name)}")
        if not 0 <= self.weight_decay < inf:
            raise ValueError(f"weight decay must be a number from 0 on, not {self.weight_decay}")
        if not 0 < self.clip < inf:
            raise ValueError(f"clip must be a positive number, not {self.clip}")
        Augmentation(self.padding, flip=False, noise=self.noise)  # refuses what is out of range
        source = DATASETS.named(self.data)
        source.refuse_kind(get_space(self.space).inputs, self.space)
        source.refuse_padding(self.padding)
        if self.noise and source.kind != "images":
            raise ValueError(f"noise = {self.noise:g} is added to images; {self.data} has none")
        for name, most in MOST.items():
            if getattr(self, name) > most:
                raise ValueError(f"{words(name)} must be at most {most:,}, not {getattr(self, name):,}")

    @classmethod
    def of(
        cls, *, data: str, training_images: int | None = None, test_images: int | None = None, **others: Any
    ) -> StandaloneTraining:
        """Settings with the numbers of images that are left out taken from the data set: one half trains, one tests."""
        images = len(load_dataset(data))
        asked = (training_images or 0) + (test_images or 0)
        if asked > images or (asked == images and None in (training_images, test_images)):
            raise ValueError(
                f"{data} has {images} images, not {_asked(training_images)} to train and {_asked(test_images)} to test"
            )
        if training_images is None:
            training_images = images - (images // 2 if test_images is None else test_images)
        if test_images is None:
            test_images = images - training_images
        return cls(data=data, training_images=training_images, test_images=test_images, **others)

    @property
    def task(self) -> type[Task]:
        """What is learned."""
        return TASKS[DATASETS[self.data].task]

    @property
    def test_copies(self) -> int:
        """How many perturbed ones of each test sample the end of training is measured on."""
        return TEST_COPIES if DATASETS[self.data].kind == "images" else 1

    @property
    def steps_per_epoch(self) -> int:
        return self.training_images // self.batch_size

    @property
    def curve(self) -> range:
        """Epochs after which a network is measured; the last is the end."""
        apart = -(-self.epochs // CURVE_POINTS)
        return range((self.epochs - 1) % apart + 1, self.epochs + 1, apart)

    def optimization(self) -> Optimization:
        return Optimization(
            passes=self.epochs * self.steps_per_epoch,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            final_learning_rate=0.0,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            clip=self.clip,
            nesterov=self.optimizer == Sgd.name and self.momentum > 0,
            optimizer=self.optimizer,
            warm_up=self.warm_up,
        )

    def to_json(self) -> dict[str, Any]:
        """With what is fixed, the images' checksum and the environment: all that runs with equal results share."""
        return {
            "training": self._flat(),
            "optimization": self.optimization().to_json(),
            "measured": {"curve": list(self.curve), "test_copies": self.test_copies},
            "images": load_dataset(self.data).sha256,
            "environment": versions(self.space),
        }

    def _flat(self) -> dict[str, Any]:
        """By name, those of the network among the others, as they were before spaces had options of their own.

        How weights are updated stands there only where it is not as it was before there was a choice.
        """
        content: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            content |= value.model_dump(mode="json") if field.name == "network" else {field.name: value}
        return content

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Selection:
    """Which networks a table holds.

    Attributes:
        cells: so many architectures; None for all.
        max_nodes: only those whose graph has at most so many nodes, input and output included; None for all.
        seeds: training seeds 0 to `seeds` - 1.
        stratified: whether each of the space's strata has as many of them, up to one.
        source: name of the file that names them; empty where they are drawn.
        only: of decisions those options that are left, as `graph=0,1`; all of others. A decision that makes no
            difference counts as its first option.
        classes: whether of isomorphic architectures one is trained, whose numbers are those of all of them.
    """

    cells: int | None
    max_nodes: int | None
    seeds: int
    stratified: bool = False
    source: str = ""
    only: tuple[str, ...] = ()
    classes: bool = False

    def __post_init__(self) -> None:
        if self.cells is not None and self.cells < 1:
            raise ValueError(f"at least 1 architecture is needed, not {self.cells}")
        if self.max_nodes is not None and self.max_nodes < 2:
            raise ValueError(f"a graph has at least 2 nodes, input and output; max nodes is {self.max_nodes}")
        if self.classes and (self.only or self.stratified):
            raise ValueError("one of each class is drawn from all, not from strata or from those with some options")
        if self.only and self.stratified:
            raise ValueError("an architecture is drawn from strata or from those with some options, not both")
        if not 1 <= self.seeds <= MOST_SEEDS:
            raise ValueError(f"seeds is how many of them, 1 to {MOST_SEEDS}, not {self.seeds}")

    def words(self, space_name: str) -> str:
        """Which architectures of a space they are."""
        if self.source:
            which = f"those named in {self.source}"
        elif self.cells is None:
            which = "all"
        else:
            how = "drawn from each stratum in turn" if self.stratified else "the first in one random order"
            which = f"{how}, of those" if self.stratified else f"{how} of those"
        if self.classes:
            which = f"one of each isomorphism class, whose numbers are those of all its members: {which}"
        parts = list(self.only)
        if self.max_nodes is not None:
            parts.append(f"at most {self.max_nodes} nodes, input and output included")
        return f"{which} of {space_name}" + (f" with {' and '.join(parts)}" if parts else "")

    def architectures(self, space_name: str) -> list[Any]:
        """In the one random order of the space, so that any beginning is a uniform sample, and a longer one goes on.

        Raises:
            ValueError: there are fewer, they are too many to list, or the space has no strata.
        """
        found = list(islice(self._in_order(get_enumerated(space_name)), self.cells))
        if len(found) < (self.cells or 1):
            parts = [*self.only, *([] if self.max_nodes is None else [f"at most {self.max_nodes} nodes"])]
            small = f" with {' and '.join(parts)}" if parts else ""
            raise ValueError(f"{space_name} has {len(found):,} architectures{small}, not {self.cells or 1:,}")
        return found

    def _in_order(self, space: Enumerated[Any]) -> Iterator[Any]:
        for architecture in self._drawn(space):
            if self.max_nodes is None or len(space.graph(architecture).labels) <= self.max_nodes:
                yield architecture

    def _of_those_options(self, space: Enumerated[Any]) -> npt.NDArray[np.int64]:
        """Positions of the architectures that take none but these."""
        named = {}
        for asked in self.only:
            name, equals, options = asked.partition("=")
            if not equals or name in named:
                raise ValueError(f"{asked!r} is not of the form DECISION=OPTION,OPTION, once for each decision")
            named[name] = options.split(",")
        return np.flatnonzero(in_part(space, named))

    def _drawn(self, space: Enumerated[Any]) -> Iterator[Any]:
        stream = generator(COMMON_SEED, Purpose.TABULATED_ORDER)
        if self.classes:
            return (space.at(int(position)) for position in stream.permutation(_first_members(space)))
        if self.only:
            return (space.at(int(position)) for position in stream.permutation(self._of_those_options(space)))
        if self.stratified:
            if space.strata == 1:
                raise ValueError(f"{space.name} has no strata to draw from in turn")
            return different(space.key, lambda count: space.sample_of_stratum(stream, count % space.strata))
        if space.listable:
            return (space.at(int(position)) for position in stream.permutation(len(space)))
        if self.cells is None:
            space.refuse_listing()
        return different(space.key, lambda _: space.from_choices(space.random_choices(stream)))


def members(space: Enumerated[Any], architectures: Sequence[Any]) -> list[list[Any]]:
    """Of each of these, all that are isomorphic to it, itself among them; ValueError where all are too many to list."""
    space.refuse_listing()
    numbers = space.classes_of(np.arange(len(space)))
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    of_number = {int(numbers[part[0]]): part for part in parts}
    own = [of_number[int(numbers[space.position(one)])] for one in architectures]
    return [[space.at(int(position)) for position in part] for part in own]


def _first_members(space: Enumerated[Any]) -> npt.NDArray[np.int64]:
    """The least position of each isomorphism class; ValueError where all are too many to list."""
    space.refuse_listing()
    return np.sort(np.unique(space.classes_of(np.arange(len(space))), return_index=True)[1])


def _asked(images: int | None) -> str:
    return "others" if images is None else str(images)
