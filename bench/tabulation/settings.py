"""What decides the result of one stand-alone training run; `nasrank.bench.tabulation.selection` says which there are.

The two are apart because finished networks outlive a table: one with more architectures or more seeds, under the same
training settings, takes over what an earlier one trained.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from importlib.metadata import version
from math import inf
from typing import Any

from nasrank.bench.data import DATASETS, load_dataset
from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.foundation.environment import environment, processor
from nasrank.bench.studies import bounds
from nasrank.bench.tabulation.network import words
from nasrank.bench.tasks import TASKS, Task
from nasrank.bench.training.optimizers import OPTIMIZERS
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import get_enumerated, get_space
from nasrank.spaces.options import NetworkOptions

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
        source.refuse_noise(self.noise)
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
        return TEST_COPIES if DATASETS[self.data].side else 1

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
            nesterov=OPTIMIZERS[self.optimizer].has_nesterov and self.momentum > 0,
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


def _asked(images: int | None) -> str:
    return "others" if images is None else str(images)
