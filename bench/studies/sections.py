"""The sections of a study file and their keys, validated each by itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
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
from nasrank.bench.studies.earlier import OF_THE_TERM
from nasrank.bench.tasks import TASKS
from nasrank.bench.training.optimizers import OPTIMIZERS
from nasrank.bench.training.terms import TERMS, Term, TermContext
from nasrank.bench.training.trainer import Optimization
from nasrank.predictors import ESTIMATORS

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
        return known(name, axes.DATASETS, "data set of tables")

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


Choice: TypeAlias = Literal["random", "even", "diverse", "super_net"]
"""How landmarks are chosen, see `nasrank.bench.runner.landmarks`."""


Order: TypeAlias = Literal["truth", "random"]
"""Of the landmarks' labels; in random order, which noise makes of them, they guide as much and tell nothing."""


class LandmarkSection(Section):
    """The landmarks, and what is said of them; see `choose_landmarks`.

    With the choice `super_net`, a row has the landmarks of the row `after` and those that its super-net with landmarks
    scores best, as many as make up the count. `label_noise` is the standard deviation of what is added to the labels,
    in the unit of the truth.
    """

    count: Annotated[int, Field(ge=2)]
    choice: Choice = "random"
    after: Annotated[str, Field(exclude_if=lambda row: not row)] = ""
    order: Annotated[Order, Field(exclude_if=lambda order: order == "truth")] = "truth"
    label_noise: Annotated[float, Field(ge=0, le=bounds.MOST_NOISE, exclude_if=lambda noise: noise == 0)] = 0.0

    @model_validator(mode="before")
    @classmethod
    def _options_of_the_term_are_elsewhere(cls, content: Any) -> Any:
        for key in content if isinstance(content, dict) else ():
            if key in OF_THE_TERM:
                raise mistake(
                    f"this is an option of the term now: terms = [{{ name = 'landmark', {key} = ... }}]; of a variant, "
                    f"terms = {{ landmark = {{ {key} = ... }} }}",
                    key,
                )
        return content

    @model_validator(mode="after")
    def _one_kind_of_noise(self) -> LandmarkSection:
        if self.label_noise and self.order == "random":
            raise ValueError("label_noise is for labels in the order of the truth; with order = 'random', leave it out")
        return self

    @model_validator(mode="after")
    def _chooses_after_a_row(self) -> LandmarkSection:
        if (self.choice == "super_net") != bool(self.after):
            raise ValueError("choice = 'super_net' and after = 'the row that chooses' go together")
        return self


class TermSection(Section):
    """One term of super-net training: its name and, beside it, its own options."""

    name: str
    settings: Term.Settings

    @property
    def kind(self) -> type[Term]:
        return TERMS[self.name]

    @property
    def needs_labels(self) -> bool:
        return "labels" in self.kind.needs

    def build(self, context: TermContext, *, always: bool = False) -> Term:
        """The term of a trial; with `always`, one that is on at every step, by which it can be timed."""
        return self.kind(self.settings.always() if always else self.settings, context)

    @model_validator(mode="before")
    @classmethod
    def _options_are_its_own(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        if not isinstance(content.get("name"), str):
            raise mistake("Input should be a valid string" if "name" in content else "this key is missing", "name")
        try:
            kind = TERMS.named(content["name"])
        except ValueError as error:
            raise mistake(str(error), "name") from error
        options = {key: value for key, value in content.items() if key != "name"}
        return {"name": content["name"], "settings": kind.Settings.model_validate(options)}

    @model_serializer
    def _beside_its_name(self) -> dict[str, Any]:
        return {"name": self.name, **self.settings.model_dump(mode="json")}


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


RIDGE = "label_matched"
"""Name of the baseline that has the same labels as the landmark term."""


class EstimatorSection(Section):
    """What the super-nets are read against: estimators that share no weights.

    Attributes:
        baselines: those whose metrics stand in every table, the ridge on the same labels among them.
        label_uses: of those that have labels, which are compared where a study is about the landmarks of one strategy:
            by themselves, and stacked on the super-nets with and without landmarks.
    """

    baselines: tuple[str, ...] = (RIDGE, "parameters", "multiply_adds")
    label_uses: tuple[str, ...] = ()

    @field_validator("baselines", "label_uses")
    @classmethod
    def _are_there(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if "known" in ESTIMATORS.named(name).needs:
                raise ValueError(f"{name} needs the scores of another estimator, which a study does not give it")
        if len(set(names)) < len(names):
            raise ValueError("an estimator is listed twice")
        return names

    @field_validator("baselines")
    @classmethod
    def _has_the_ridge(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if RIDGE not in names:
            raise ValueError(f"{RIDGE!r} is missing, with which every report compares")
        return names

    @field_validator("label_uses")
    @classmethod
    def _have_labels(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if "labels" not in ESTIMATORS[name].needs:
                raise ValueError(f"{name} makes no use of labels")
        return names


class Variant(Section):
    """A strategy with something changed, as a row of its own.

    Every section but `switches`, which are the strategy's, holds keys of the section of the same name that replace the
    study's; `terms` holds them by the name of the term, and one that the study does not have is added. With
    `equal_passes`, training has as many passes as it takes with the terms: what their compute alone would do. What all
    rows are measured by, such as the scoring images, cannot be changed. It is compared with the row `base`: its
    strategy's where that is a row, else the first.
    """

    strategy: str
    base: Annotated[str, Field(exclude_if=lambda arm: not arm)] = ""
    label: Annotated[Words, Field(min_length=1)]
    switches: dict[str, str | int] = {}
    images: dict[Literal["padding", "share"], Any] = {}
    supernet: dict[str, Any] = {}
    training: dict[str, Any] = {}
    landmarks: dict[str, Any] = {}
    terms: Annotated[dict[str, dict[str, Any]], Field(exclude_if=lambda terms: not terms)] = {}
    equal_passes: Annotated[bool, Field(exclude_if=lambda asked: not asked)] = False

    @property
    def changed(self) -> frozenset[str]:
        """Names of the sections that it changes."""
        names = {name for name in ("switches", *CHANGEABLE, "terms") if getattr(self, name)}
        return frozenset(names | {"training"} if self.equal_passes else names)


CHANGEABLE = ("images", "supernet", "training", "landmarks")
"""Sections of a study that a variant may change keys of; of the terms it changes options by their names."""


def mistake(message: str, *keys: str) -> ValidationError:
    """A mistake at a key below the one whose validator finds it."""
    kind = PydanticCustomError("value_error", "{message}", {"message": message})
    return ValidationError.from_exception_data("Study", [{"type": kind, "loc": keys, "input": None}])
