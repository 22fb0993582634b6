"""What a ranking study compares, as data: the sections and keys of a study file, validated."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, create_model, field_validator, model_validator

from bench.datasets import DATASETS
from bench.oracles import RECIPES, imported
from bench.oracles.axes import Split
from bench.tasks import TASKS
from bench.training.regularizers.landmark import LandmarkSettings, LossName, PairSampling
from bench.training.regularizers.schedule import Horizon, Schedule, ScheduleName
from bench.training.strategies import STRATEGIES
from bench.training.trainer import Optimization
from spaces import SPACES

Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _known(name: str, registry: Any, kind: str) -> str:
    if name not in registry:
        raise ValueError(f"unknown {kind} {name!r}; known are {', '.join(registry)}")
    return name


class TruthSection(_Section):
    """What rankings are compared with: one column of one oracle. For `loss`, the truth is minus the loss.

    `coverage` says in words how the architectures with this truth were chosen, where that is not the whole space.

    The metric is written only where it is not the accuracy, and the coverage only where there is one: results that
    were stored before there was a choice keep their fingerprint.
    """

    oracle: str
    metric: Annotated[Literal["accuracy", "loss"], Field(exclude_if=lambda metric: metric == "accuracy")] = "accuracy"
    dataset: str
    split: Split
    epochs: int
    seeds: int | str
    coverage: Annotated[str, Field(exclude_if=lambda words: not words)] = ""

    @field_validator("oracle")
    @classmethod
    def _oracle(cls, name: str) -> str:
        return _known(name, [*RECIPES, *imported()], "oracle")


class ImagesSection(_Section):
    """The images, and how many of them train the weights, are held out, and score architectures.

    `split = "official"` takes the weights part from the training half of the benchmark's own split, the others from
    its validation half; `official_if_present` does so where the split file is, else draws at random, and the report
    says which it was. `padding` is the augmentation's, in pixels; 0 for none.
    """

    dataset: str
    task: str = "classification"
    weights: Count
    held_out: Count
    scoring: Count
    split: Literal["random", "official", "official_if_present"] = "random"
    padding: Annotated[int, Field(ge=0)] = 0

    @field_validator("dataset")
    @classmethod
    def _dataset(cls, name: str) -> str:
        return _known(name, DATASETS, "data set")

    @field_validator("task")
    @classmethod
    def _task(cls, name: str) -> str:
        return _known(name, TASKS, "task")


class _EverySuperNet(_Section):
    channels: Count
    cells_per_stage: Count
    affine: bool = False
    statistics: Literal["batch", "tracked", "recalibrated"] = "batch"


class SuperNetSection(_EverySuperNet):
    """Options of the space's super-net. Those of its `supernet_choices` are keys, too, and may be left out."""

    model_config = ConfigDict(extra="allow")

    @property
    def choices(self) -> dict[str, str]:
        """Of the space's own options, those that the study states."""
        return dict(self.model_extra or {})


class TrainingSection(_Section):
    """Training compute, the same for every strategy, and the optimizer. `passes`: see `Optimization`."""

    passes: Count
    batch_size: Annotated[int, Field(ge=2)] = 64
    learning_rate: Annotated[float, Field(gt=0)] = 0.025
    final_learning_rate: Annotated[float, Field(ge=0)] = 0.001
    momentum: Fraction = 0.9
    weight_decay: Annotated[float, Field(ge=0)] = 5e-4
    clip: Annotated[float, Field(gt=0)] = 5.0
    mixed_precision: bool = False
    device: str = "cpu"

    def optimization(self) -> Optimization:
        return Optimization(**self.model_dump(exclude={"device"}))


class LandmarkSection(_Section):
    """The landmarks and their term; see `LandmarkSettings` and `Schedule`."""

    count: Annotated[int, Field(ge=2)]
    choice: Literal["random", "even"] = "random"
    loss: LossName = "hinge"
    coefficient: float = 10.0
    pairs_per_step: Count = 1
    pair_sampling: PairSampling = "uniform"
    images: Literal["held_out", "training"] = "held_out"
    schedule: ScheduleName = "cosine_increase"
    warm_up: Fraction = 0.3
    horizon: Horizon = "after_warmup"

    def settings(self) -> LandmarkSettings:
        schedule = Schedule(self.schedule, self.warm_up, self.horizon)
        return LandmarkSettings(
            schedule=schedule, **self.model_dump(exclude={"count", "choice", "schedule", "warm_up", "horizon"})
        )


class PoolSection(_Section):
    """The architectures that every trial scores. The first `curve` of them are scored during training too."""

    size: Annotated[int, Field(ge=20)]  # a tenth of which has a first and a second
    curve: Annotated[int, Field(ge=0)] = 0
    checkpoints: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _curve_within_pool(self) -> PoolSection:
        if self.curve > self.size:
            raise ValueError(f"curve = {self.curve} is more than the pool's size of {self.size}")
        return self


class AnalysisSection(_Section):
    """What is ranked by, and how intervals are made."""

    score: str = "accuracy"
    draws: Annotated[int, Field(ge=100)] = 1000
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95


class Study(_Section):
    """A whole study file. `common_seed` draws what all trials share: the pool and the split of the images."""

    title: str
    space: str
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    common_seed: Annotated[int, Field(ge=0)] = 0
    strategies: Annotated[tuple[str, ...], Field(min_length=1)]
    truth: TruthSection
    images: ImagesSection
    supernet: SuperNetSection
    training: TrainingSection
    landmarks: LandmarkSection
    pool: PoolSection
    analysis: AnalysisSection = AnalysisSection()

    @field_validator("space")
    @classmethod
    def _space(cls, name: str) -> str:
        return _known(name, SPACES, "search space")

    @field_validator("strategies")
    @classmethod
    def _strategies(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            _known(name, STRATEGIES, "strategy")
        if len(set(names)) < len(names):
            raise ValueError("a strategy is listed twice")
        return names

    @field_validator("seeds")
    @classmethod
    def _seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds) or min(seeds) < 0:
            raise ValueError("seeds must be different and not negative")
        return seeds

    @field_validator("supernet", mode="before")
    @classmethod
    def _space_has_the_choices(cls, content: Any, info: ValidationInfo) -> Any:
        space: str | None = info.data.get("space")
        if space:
            choices: Any = {name: (Literal[texts], texts[0]) for name, texts in SPACES[space].supernet_choices.items()}
            create_model("SuperNet", __base__=_EverySuperNet, **choices).model_validate(content, strict=True)
        return content

    @field_validator("training")
    @classmethod
    def _batches_fit_images(cls, training: TrainingSection, info: ValidationInfo) -> TrainingSection:
        images: ImagesSection | None = info.data.get("images")
        for part in ("weights", "held_out") if images else ():
            if getattr(images, part) < training.batch_size:
                raise ValueError(f"batch_size = {training.batch_size} is more than images.{part}")
        return training

    @field_validator("landmarks")
    @classmethod
    def _landmarks_fit_space(cls, landmarks: LandmarkSection, info: ValidationInfo) -> LandmarkSection:
        space: str | None = info.data.get("space")
        if space and landmarks.count > len(SPACES[space]):
            raise ValueError(f"count = {landmarks.count}, but {space} has {len(SPACES[space])} architectures")
        return landmarks

    @field_validator("pool")
    @classmethod
    def _pool_fits_space(cls, pool: PoolSection, info: ValidationInfo) -> PoolSection:
        space, seeds, landmarks = (info.data.get(name) for name in ("space", "seeds", "landmarks"))
        if space and seeds and landmarks and pool.size + landmarks.count * len(seeds) > len(SPACES[space]):
            raise ValueError(
                f"size = {pool.size} and {len(seeds)} seeds of {landmarks.count} landmarks do not fit into the"
                f" {len(SPACES[space])} architectures of {space}"
            )
        return pool

    @field_validator("analysis")
    @classmethod
    def _score_is_the_tasks(cls, analysis: AnalysisSection, info: ValidationInfo) -> AnalysisSection:
        images: ImagesSection | None = info.data.get("images")
        if images:
            any_number = 1
            _known(analysis.score, TASKS[images.task](any_number).score_names, "score")
        return analysis
