"""The axes of a table: which metric, of which data set, on which split, after how many epochs, over which seeds.

Most wrong numbers quoted from NAS tables are right numbers of another column. So every axis is named here once, in
words, and a `Column` states all of them, with the unit and the direction of its metric.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np

from nasrank.bench.oracles.ask.quantities import QUANTITIES, Direction
from nasrank.spaces.integers import in_words, is_integer

Axes = tuple[str, "str | None", "Split | None", "int | None", "int | str | None"]


TABULATED = (
    "digits",
    "cifar10",
    "cifar10-16",
    "camvid",
    "brain-template",
    "middlebury",
    "nuclei",
    "ptb-characters",
    "ptb-words",
)
"""Images and texts that `nasrank tabulate` trains on, see `nasrank.bench.data`."""

DATASETS = tuple(dict.fromkeys(("cifar10", "cifar100", "ImageNet16-120", *TABULATED)))
"""That the tables which come with nasrank, and those of the benchmarks, are of."""


def can_be_tabulated(dataset: str) -> bool:
    """Whether networks can be trained on a data set of this name: it is registered, perhaps by a plugin."""
    if dataset in TABULATED:
        return True
    from nasrank.bench.data.registry import (
        DATASETS as REGISTERED,  # which imports torch: tables of benchmarks need none
    )

    return dataset in REGISTERED


class Split(StrEnum):
    """Which images a network was trained on, and on which it was measured.

    The benchmark's own names ("cifar10-valid", "x-valid", "ori-test") leave half of that unsaid, and users mix up the
    two CIFAR-10 test accuracies (NATS-Bench#27, NATS-Bench#35). Here they are different members.

    Attributes:
        trained_on: the training images, in words.
        measured_on: the images measured on, in words.
        training_split: the member that stands for the training images themselves; the time to train is recorded there.
    """

    trained_on: str
    measured_on: str

    def __new__(cls, value: str, trained_on: str = "", measured_on: str = "") -> Split:
        member = str.__new__(cls, value)
        member._value_ = value
        member.trained_on = trained_on
        member.measured_on = measured_on
        member.__doc__ = f"Trained on {trained_on}; measured on {measured_on}."
        return member

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise ValueError(f"unknown split {value!r}; known are {', '.join(cls)}")

    @cached_property
    def training_split(self) -> Split:
        return next(one for one in Split if one.trained_on == self.trained_on and one.value.startswith("train"))

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The data sets that are split like this: CIFAR-10 has its own members, for it was split in several ways."""
        if self.training_split is Split.TRAIN_TABULATED:
            return TABULATED
        return ("cifar100", "ImageNet16-120") if self.training_split is Split.TRAIN else ("cifar10",)

    def is_of(self, dataset: str) -> bool:
        """Whether this data set is split like this."""
        tabulated = self.training_split is Split.TRAIN_TABULATED
        return dataset in self.datasets or (tabulated and can_be_tabulated(dataset))

    TRAIN_25K = "train_25k", "half of CIFAR-10's training images (25,000, official split)", "the same images"
    VALID_25K = (
        "valid_25k",
        "half of CIFAR-10's training images (25,000, official split)",
        "the other half (25,000); the benchmark's cifar10-valid / x-valid",
    )
    TEST_25K = (
        "test_25k",
        "half of CIFAR-10's training images (25,000, official split)",
        "CIFAR-10's 10,000 test images; the benchmark's cifar10-valid / ori-test",
    )
    TRAIN_50K = (
        "train_50k",
        "all 50,000 training images of CIFAR-10",
        "the same images; the benchmark's cifar10 / train",
    )
    TEST_50K = (
        "test_50k",
        "all 50,000 training images of CIFAR-10",
        "CIFAR-10's 10,000 test images; the benchmark's cifar10 / ori-test",
    )
    TEST_50K_AUGMENTED = (
        "test_50k_augmented",
        "all 50,000 training images of CIFAR-10",
        "CIFAR-10's 10,000 test images under random crops and flips, mean of repeated passes; AnalogNAS-Bench",
    )
    TRAIN_40K = (
        "train_40k",
        "40,000 of CIFAR-10's training images (NAS-Bench-101's split)",
        "a fixed 9,984 of the same images; NAS-Bench-101's train_accuracy",
    )
    VALID_40K = (
        "valid_40k",
        "40,000 of CIFAR-10's training images (NAS-Bench-101's split)",
        "9,984 of the other 10,000 (39 whole batches); NAS-Bench-101's validation_accuracy",
    )
    TEST_40K = (
        "test_40k",
        "40,000 of CIFAR-10's training images (NAS-Bench-101's split)",
        "9,984 of CIFAR-10's 10,000 test images (39 whole batches); NAS-Bench-101's test_accuracy",
    )
    TRAIN_40K_301 = (
        "train_40k_301",
        "40,000 of CIFAR-10's training images (NAS-Bench-301's split)",
        "the same images",
    )
    VALID_40K_301 = (
        "valid_40k_301",
        "40,000 of CIFAR-10's training images (NAS-Bench-301's split)",
        "the other 10,000; NAS-Bench-301's val_accuracy",
    )
    TEST_40K_301 = (
        "test_40k_301",
        "40,000 of CIFAR-10's training images (NAS-Bench-301's split)",
        "CIFAR-10's 10,000 test images; NAS-Bench-301's test_accuracy",
    )
    TRAIN = "train", "all training images of CIFAR-100 or ImageNet16-120", "the same images"
    VALID = (
        "valid",
        "all training images of CIFAR-100 or ImageNet16-120",
        "one half of the official test images (5,000 or 3,000); the benchmark's x-valid",
    )
    TEST = (
        "test",
        "all training images of CIFAR-100 or ImageNet16-120",
        "the other half of the official test images (5,000 or 3,000); the benchmark's x-test",
    )
    VALTEST = (
        "valtest",
        "all training images of CIFAR-100 or ImageNet16-120",
        "all official test images (10,000 or 6,000), `valid` and `test` together; the benchmark's ori-test",
    )
    TRAIN_TABULATED = (
        "train_tabulated",
        "images that nasrank tabulate drew, how many and how is in the table's protocol",
        "the same images",
    )
    TEST_TABULATED = (
        "test_tabulated",
        "images that nasrank tabulate drew, how many and how is in the table's protocol",
        "others that it drew from the same set; of CIFAR-10 never the official test images",
    )


REDUCTIONS: dict[str, str] = {
    "mean": "mean over every seed the source records for the architecture",
    "mean_v10": "the same as published with NAS-Bench-201 v1.0, over the fewer seeds it had",
    "mean_v11": "the same as published with NAS-Bench-201 v1.1, over the fewer seeds it had",
    "one_run": "one training run, whose seed the source does not give",
    "best_of_3": "of three runs, the one with the highest validation accuracy: not a mean",
    "one_number": "one number an architecture; of which runs, the source does not say",
}
"""What stands on the seed axis besides a seed's own number."""


def stated(metric: str, dataset: str | None, split: Split | None, epochs: int | None, seeds: int | str | None) -> Axes:
    """The axes of a question. A split may be given as a text, and equals it.

    Raises:
        ValueError: epochs or a seed is a float or a truth value, which would equal an integer that nobody meant.
    """
    if type(epochs) is not int and epochs is not None and not is_integer(epochs):
        raise ValueError(f"epochs is {in_words(epochs)}, not an integer")
    if type(seeds) is not int and not (seeds is None or isinstance(seeds, str) or is_integer(seeds)):
        raise ValueError(f"seeds is {in_words(seeds)}, neither an integer nor a reduction")
    return metric, dataset, split, epochs, seeds


@dataclass(frozen=True)
class Column:
    """One metric of all architectures, with every axis stated.

    Attributes:
        metric: a key of `QUANTITIES`.
        dataset: one of `DATASETS`, or one that is registered to train on; None for what no data set matters to.
        split: one that the data set has; None for what is measured on no images.
        epochs: length of the whole training schedule, not a point on its curve; None where no training matters.
        seeds: a training seed, or a key of `REDUCTIONS`; None for what no seed matters to. NAS-Bench-101 gives no
            seeds: there it is the place of the run in the file, 0 to 2.
        curve: None for one number an architecture, measured at the end of the schedule; else the epochs of that
            schedule after which there is a number.
        derivation: how it was computed from other columns; empty for what the source recorded itself.
    """

    metric: str
    dataset: str | None
    split: Split | None = None
    epochs: int | None = None
    seeds: int | str | None = None
    curve: range | None = field(default=None, kw_only=True)
    derivation: str = field(default="", compare=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.split is not None:
            object.__setattr__(self, "split", Split(self.split))  # it may be a text
        for axis in ("epochs", "seeds"):
            if isinstance(value := getattr(self, axis), np.integer):
                object.__setattr__(self, axis, int(value))
        if self.metric not in QUANTITIES:
            raise ValueError(f"unknown metric {self.metric!r}; known are {', '.join(QUANTITIES)}")
        if missing := [axis for axis in QUANTITIES[self.metric].needs if getattr(self, axis) is None]:
            raise ValueError(f"{self.metric} is nothing definite without {', '.join(missing)}")
        if self.dataset not in (None, *DATASETS) and not can_be_tabulated(self.dataset or ""):
            raise ValueError(f"unknown data set {self.dataset!r}; known are {', '.join(DATASETS)}")
        if self.split is not None and not self.split.is_of(self.dataset or ""):
            raise ValueError(
                f"{self.dataset} has no split {self.split}: that is of {' and '.join(self.split.datasets)}"
            )
        if self.epochs is not None and (type(self.epochs) is not int or self.epochs < 1):
            raise ValueError(f"epochs is {self.epochs!r}, not a whole number from 1 on")
        if isinstance(self.seeds, str) and self.seeds not in REDUCTIONS:
            raise ValueError(f"unknown reduction over seeds {self.seeds!r}; known are {', '.join(REDUCTIONS)}")
        if not isinstance(self.seeds, str | None) and (type(self.seeds) is not int or self.seeds < 0):
            raise ValueError(f"seeds is {self.seeds!r}, neither a whole number from 0 on nor a reduction")
        if self.curve is not None and not (self.curve and 0 <= self.curve[0] <= self.curve[-1] <= (self.epochs or -1)):
            raise ValueError(f"a curve over {self.curve} does not lie on a schedule of {self.epochs} epochs")

    def __str__(self) -> str:
        return self._text(*self.axes)

    @property
    def title(self) -> str:
        """The same but for the seed."""
        return self._text(*self.axes[:-1])

    def _text(self, *axes: object) -> str:
        parts = [str(value) for value in axes if value is not None]
        return "/".join(parts if self.curve is None else [*parts, f"curve {self.curve[0]} to {self.curve[-1]}"])

    @property
    def axes(self) -> Axes:
        """`(metric, dataset, split, epochs, seeds)`, what a question to the table names."""
        return self.metric, self.dataset, self.split, self.epochs, self.seeds

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one architecture's entry: `()`, or `(points,)` for a curve."""
        return () if self.curve is None else (len(self.curve),)

    @property
    def unit(self) -> str:
        """percent, nats, 1 for a plain number, count, seconds, index or code."""
        return QUANTITIES[self.metric].unit

    @property
    def direction(self) -> Direction:
        """Which end is better."""
        return QUANTITIES[self.metric].direction
