"""The sections of a study file and their keys, validated each by itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from nasrank.bench.data import DATASETS, OFFICIAL_HALF
from nasrank.bench.foundation.registry import Registry
from nasrank.bench.oracles import REDUCTIONS
from nasrank.bench.oracles.ask import axes
from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.ranking import fewest_draws
from nasrank.bench.studies import bounds
from nasrank.bench.studies.devices import refuse_unknown_device
from nasrank.bench.tasks import TASKS
from nasrank.bench.training.optimizers import OPTIMIZERS
from nasrank.bench.training.trainer import Optimization

Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, le=bounds.GREATEST_SEED)]
Words = Annotated[str, Field(max_length=bounds.MOST_CHARACTERS)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def known(name: str, registry: Any, kind: str) -> str:
    if isinstance(registry, Registry):
        registry.named(name)
    elif name not in registry:
        raise ValueError(f"unknown {kind} {name!r}; known are {', '.join(registry)}")
    return name


def mistake(message: str, *keys: str) -> ValidationError:
    """A mistake at a key below the one whose validator finds it."""
    kind = PydanticCustomError("value_error", "{message}", {"message": message})
    return ValidationError.from_exception_data("Study", [{"type": kind, "loc": keys, "input": None}])


class TruthSection(Section):
    """What rankings are compared with: one column of one oracle. For `loss`, the truth is minus the loss.

    `coverage` says in words how the architectures with this truth were chosen, where that is not the whole space.

    The metric is written only where it is not the accuracy, and the coverage only where there is one: results that
    were stored before there was a choice keep their fingerprint.
    """

    oracle: str
    metric: Annotated[Literal["accuracy", "loss"], Field(exclude_if=lambda metric: metric == "accuracy")] = "accuracy"
    dataset: str
    split: Split
    epochs: Annotated[int, Field(ge=1, le=bounds.MOST_EPOCHS)]
    seeds: Seed | str
    coverage: Annotated[Words, Field(exclude_if=lambda words: not words)] = ""

    @field_validator("oracle")
    @classmethod
    def _oracle(cls, name: str, info: ValidationInfo) -> str:
        """A file that is to be run must name a table that is here; results are read wherever they are."""
        here = (info.context or {}).get("oracles")
        return name if here is None else known(name, here, "oracle")

    @field_validator("dataset")
    @classmethod
    def _dataset(cls, name: str) -> str:
        return name if name in DATASETS else known(name, axes.DATASETS, "data set of tables")

    @field_validator("seeds")
    @classmethod
    def _seeds(cls, seeds: int | str) -> int | str:
        return known(seeds, REDUCTIONS, "reduction over seeds") if isinstance(seeds, str) else seeds


class ImagesSection(Section):
    """The images, and how many of them train the weights, are held out, and score architectures.

    `split = "official"` takes the weights part from the training half of the benchmark's own split, the others from
    its validation half; `official_if_present` does so where the split file is, else draws at random, and the report
    says which it was. `padding` is the augmentation's, in pixels; 0 for none. Of the weights part only `share` is used.
    """

    dataset: str
    task: str = "classification"
    weights: Count
    held_out: Count
    scoring: Count
    split: Literal["random", "official", "official_if_present"] = "random"
    padding: Annotated[int, Field(ge=0)] = 0
    share: Annotated[float, Field(gt=0, le=1, exclude_if=lambda share: share == 1)] = 1.0

    @property
    def weights_used(self) -> int:
        """Images that train the weights."""
        return round(self.share * self.weights)

    @field_validator("dataset")
    @classmethod
    def _dataset(cls, name: str) -> str:
        return known(name, DATASETS, "data set")

    @field_validator("task")
    @classmethod
    def _task(cls, name: str) -> str:
        return known(name, TASKS, "task")

    @model_validator(mode="after")
    def _images_suffice(self) -> ImagesSection:
        source = DATASETS[self.dataset]
        images = source.count
        if self.weights + self.held_out + self.scoring > images:
            raise ValueError(
                f"weights = {self.weights}, held_out = {self.held_out} and scoring = {self.scoring} are more than the "
                f"{images} images of {self.dataset}"
            )
        if self.split == "official" and images != 2 * OFFICIAL_HALF:
            raise ValueError(
                f"split = {self.split!r} is of CIFAR-10's {2 * OFFICIAL_HALF:,} images; {self.dataset} has none"
            )
        if self.split == "official" and max(self.weights, self.held_out + self.scoring) > OFFICIAL_HALF:
            raise ValueError(
                f"weights = {self.weights}, or held_out = {self.held_out} and scoring = {self.scoring}, are more than "
                f"the {OFFICIAL_HALF:,} images of a half of the official split"
            )
        source.refuse_padding(self.padding)
        return self


class TrainingSection(Section):
    """Training compute, the same for every strategy, and the optimizer, see `Optimization`.

    The optimizer and its warm-up are written only where they are not the first ones: results that were stored before
    there was a choice keep their fingerprint.
    """

    passes: Annotated[int, Field(ge=1, le=bounds.MOST_PASSES)]
    batch_size: Annotated[int, Field(ge=2)] = 64
    learning_rate: Annotated[float, Field(gt=0, le=bounds.HIGHEST_RATE)] = 0.025
    final_learning_rate: Annotated[float, Field(ge=0, le=bounds.HIGHEST_RATE)] = 0.001
    optimizer: Annotated[str, Field(exclude_if=lambda name: name == "sgd")] = "sgd"
    warm_up: Annotated[float, Field(ge=0, lt=1, exclude_if=lambda fraction: fraction == 0)] = 0.0
    momentum: Fraction = 0.9
    weight_decay: Annotated[float, Field(ge=0, le=bounds.STRONGEST_DECAY)] = 5e-4
    clip: Annotated[float, Field(gt=0, le=bounds.LOOSEST_CLIP)] = 5.0
    mixed_precision: bool = False
    device: str = "cpu"

    @field_validator("optimizer")
    @classmethod
    def _optimizer(cls, name: str) -> str:
        return known(name, OPTIMIZERS, "optimizer")

    @field_validator("device")
    @classmethod
    def _device(cls, name: str) -> str:
        return refuse_unknown_device(name)

    def optimization(self) -> Optimization:
        return Optimization(**self.model_dump(exclude={"device"}))


FEWEST_SCORED = 20
"""Architectures in a pool: a tenth of them has a first and a second."""


class PoolSection(Section):
    """The architectures that every trial scores. The first `curve` of them are scored during training too."""

    size: Annotated[int, Field(ge=FEWEST_SCORED)]
    curve: Annotated[int, Field(ge=0)] = 0
    checkpoints: Annotated[int, Field(ge=0, le=bounds.MOST_CHECKPOINTS)] = 0

    @model_validator(mode="after")
    def _curve_within_pool(self) -> PoolSection:
        if self.curve > self.size:
            raise ValueError(f"curve = {self.curve} is more than the pool's size of {self.size}")
        return self


class AnalysisSection(Section):
    """What is ranked by, and how intervals are made.

    With `oracle_selection`, reports also say what choosing among a strategy's super-nets by the table would find, which
    no search can do that does not know the table.
    """

    score: str = "accuracy"
    draws: Annotated[int, Field(ge=100, le=bounds.MOST_DRAWS)] = 1000
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    oracle_selection: Annotated[bool, Field(exclude_if=lambda asked: not asked)] = False

    @model_validator(mode="after")
    def _draws_resolve_the_interval(self) -> AnalysisSection:
        fewest = fewest_draws(self.confidence)
        if self.draws < fewest:
            raise ValueError(f"confidence = {self.confidence} takes at least {fewest:,} draws, not {self.draws:,}")
        return self
