"""The sections of a study file and their keys, validated each by itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
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
from nasrank.bench.foundation.devices import CPU, refuse_unknown_device
from nasrank.bench.foundation.registry import Registry
from nasrank.bench.oracles import REDUCTIONS
from nasrank.bench.oracles.ask import axes
from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.oracles.ask.quantities import COMPARABLE
from nasrank.bench.ranking import fewest_draws
from nasrank.bench.studies import bounds
from nasrank.bench.tasks import TASKS
from nasrank.bench.training.optimizers import OPTIMIZERS, check_nesterov
from nasrank.bench.training.trainer import Optimization

Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, le=bounds.GREATEST_SEED)]
Words = Annotated[str, Field(max_length=bounds.MOST_CHARACTERS)]


class Section(BaseModel):
    """Keys of a study file; the text below each is what the reference of the documentation says of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


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


def _comparable(metric: str) -> str:
    return known(metric, COMPARABLE, "metric of networks")


Metric: TypeAlias = Annotated[str, AfterValidator(_comparable), Field(exclude_if=lambda metric: metric == "accuracy")]
"""What tables have measured that networks can be compared by."""


class TruthSection(Section):
    """What rankings are compared with: one column of one table.

    The metric is written only where it is not the accuracy, and the coverage only where there is one: results that
    were stored before there was a choice keep their fingerprint.
    """

    oracle: str
    """The table of stand-alone results, as `nasrank tables list` names it."""

    metric: Metric = "accuracy"
    """What is ranked by; of `loss`, `perplexity`, `end_point_error` and `bad_2` less is better, and the truth is minus
    that."""

    dataset: str
    """The data set that the stand-alone networks were trained on; it need not be that of the super-nets."""

    split: Split
    """What they were trained and measured on. None is a default, for the numbers differ."""

    epochs: Annotated[int, Field(ge=1, le=bounds.MOST_EPOCHS)]
    """Length of the stand-alone training."""

    seeds: Seed | str
    """One training seed of the table, or the name of a reduction over several, such as `mean`."""

    coverage: Annotated[Words, Field(exclude_if=lambda words: not words)] = ""
    """How the architectures with this truth were chosen, in words, where that is not the whole space."""

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
    """The images, and how many of them train the weights, are held out, and score architectures."""

    dataset: str
    """The data set that super-nets are trained on."""

    task: str = "classification"
    """What is learned, which decides the loss and the scores."""

    weights: Count
    """Images that train the shared weights."""

    held_out: Count
    """Other images, for terms and for updates of the architecture."""

    scoring: Count
    """Other images, on which architectures are scored."""

    split: Literal["random", "official", "official_if_present"] = "random"
    """`official` takes the weights part from the training half of the benchmark's own split, the others from its
    validation half; `official_if_present` does so where the split file is, else draws at random, and the report says
    which it was."""

    padding: Annotated[int, Field(ge=0)] = 0
    """Greatest shift of training images, in pixels; 0 for no augmentation."""

    mirror: Annotated[bool, Field(exclude_if=lambda asked: asked)] = True
    """Whether images are mirrored, too, where there is padding and a mirror image keeps its label."""

    noise: Annotated[float, Field(ge=0, le=bounds.MOST_IMAGE_NOISE, exclude_if=lambda noise: not noise)] = 0.0
    """Deviation of the noise on images that train, in normalized pixels; those that score architectures have none."""

    share: Annotated[float, Field(gt=0, le=1, exclude_if=lambda share: share == 1)] = 1.0
    """Fraction of the weights part that is used."""

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
        source.refuse_noise(self.noise)
        return self


class TrainingSection(Section):
    """Training compute, the same for every strategy, and the optimizer.

    See `Optimization`.
    The optimizer, its warm-up and its kind of momentum are written only where they are not the first ones: results
    that were stored before there was a choice keep their fingerprint.
    """

    passes: Annotated[int, Field(ge=1, le=bounds.MOST_PASSES)]
    """Training compute: forward-backward passes of one batch along one path. A strategy that spends more of them a step
    gets fewer steps; terms come on top."""

    batch_size: Annotated[int, Field(ge=2)] = 64
    """Images a pass."""

    learning_rate: Annotated[float, Field(gt=0, le=bounds.HIGHEST_RATE)] = 0.025
    """At the start, or after the warm-up; from there it falls along a cosine."""

    final_learning_rate: Annotated[float, Field(ge=0, le=bounds.HIGHEST_RATE)] = 0.001
    """At the end, and where a warm-up begins."""

    optimizer: Annotated[str, Field(exclude_if=lambda name: name == "sgd")] = "sgd"
    """What updates the shared weights."""

    warm_up: Annotated[float, Field(ge=0, lt=1, exclude_if=lambda fraction: fraction == 0)] = 0.0
    """First fraction of training, in which the learning rate rises in a straight line."""

    momentum: Fraction = 0.9
    """Of SGD; the first decay rate of Adam and AdamW."""

    nesterov: Annotated[bool, Field(exclude_if=lambda asked: not asked)] = False
    """Whether the momentum of SGD is Nesterov's."""

    weight_decay: Annotated[float, Field(ge=0, le=bounds.STRONGEST_DECAY)] = 5e-4
    """Of the weights on a step's paths; the others rest."""

    clip: Annotated[float, Field(gt=0, le=bounds.LOOSEST_CLIP)] = 5.0
    """Greatest norm of the gradient of all shared weights."""

    label_smoothing: Annotated[float, Field(ge=0, lt=1, exclude_if=lambda amount: amount == 0)] = 0.0
    """Share of a target that is spread over all classes, in the loss that trains the shared weights and in no other:
    not in that of terms, nor of updates of the architecture. Of tasks with classes."""

    mixed_precision: bool = False
    """Whether passes through the super-net run in bfloat16 where that is safe."""

    device: str = CPU
    """As torch names it, such as `cuda:0`; `nasrank run --device` takes another one. It is no part of what a study
    asks, so that the same study on another device has the same fingerprint."""

    @field_validator("optimizer")
    @classmethod
    def _optimizer(cls, name: str) -> str:
        return known(name, OPTIMIZERS, "optimizer")

    @model_validator(mode="after")
    def _has_the_momentum(self) -> TrainingSection:
        """Nesterov's is not of every optimizer, nor of SGD without any."""
        if self.nesterov and not self.momentum:
            raise mistake("there is none with momentum = 0", "nesterov")
        if self.nesterov:
            try:
                check_nesterov(self.optimizer)
            except ValueError as error:
                raise mistake(str(error), "nesterov") from error
        return self

    @model_validator(mode="after")
    def _has_a_warm_up(self) -> TrainingSection:
        """The default at the end is as high as what Adam begins with."""
        if self.warm_up and self.final_learning_rate >= self.learning_rate:
            start, end = f"{self.final_learning_rate:g}", f"{self.learning_rate:g}"
            words = f"it rises from final_learning_rate = {start}, which is no less than learning_rate = {end}"
            raise mistake(words, "warm_up")
        return self

    @field_validator("device")
    @classmethod
    def _device(cls, name: str) -> str:
        return refuse_unknown_device(name)

    def optimization(self) -> Optimization:
        return Optimization(**self.model_dump(exclude={"device", "label_smoothing"}))


FEWEST_SCORED = 20
"""Architectures in a pool: a tenth of them has a first and a second."""


class PoolSection(Section):
    """The architectures that every trial scores."""

    size: Annotated[int, Field(ge=FEWEST_SCORED)]
    """How many, drawn at random from those of known truth; none is a landmark or the twin of one."""

    curve: Annotated[int, Field(ge=0)] = 0
    """The first so many of them are scored during training, too."""

    checkpoints: Annotated[int, Field(ge=0, le=bounds.MOST_CHECKPOINTS)] = 0
    """Points of training at which they are."""

    activations: Annotated[int, Field(ge=0, le=bounds.MOST_COORDINATES, exclude_if=lambda size: size == 0)] = 0
    """How many coordinates are stored of what a super-net computes along an architecture, of the pool and of landmarks,
    by which a regression can tell which are alike; 0 for none. Strategies that divide the space have none, nor have
    super-nets that are recalibrated along each path."""

    @model_validator(mode="after")
    def _curve_within_pool(self) -> PoolSection:
        if self.curve > self.size:
            raise ValueError(f"curve = {self.curve} is more than the pool's size of {self.size}")
        return self


class AnalysisSection(Section):
    """What is ranked by, and how intervals are made."""

    score: str = "accuracy"
    """Which of the task's scores super-nets are ranked by; the others are reported beside it."""

    draws: Annotated[int, Field(ge=100, le=bounds.MOST_DRAWS)] = 1000
    """Resamples of the bootstrap."""

    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Of the intervals."""

    oracle_selection: Annotated[bool, Field(exclude_if=lambda asked: not asked)] = False
    """Whether reports also say what choosing among a strategy's super-nets by the table would find, which no search can
    do that does not know the table."""

    frontier: Annotated[bool, Field(exclude_if=lambda asked: not asked)] = False
    """Whether the question is what a ranking costs: reports then set tau of every row against the minutes of one core
    that its training and scoring take, with the hull of the rows that nothing cheaper equals."""

    thirds: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    """Also rank within thirds of the pool by each of these: what the networks cost, `multiply_adds` or `parameters`, or
    a trait of the space, which is then not taken value by value."""

    @model_validator(mode="after")
    def _draws_resolve_the_interval(self) -> AnalysisSection:
        fewest = fewest_draws(self.confidence)
        if self.draws < fewest:
            raise ValueError(f"confidence = {self.confidence} takes at least {fewest:,} draws, not {self.draws:,}")
        return self
