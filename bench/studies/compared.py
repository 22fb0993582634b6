"""The sections of a study file that say what it compares: landmarks, terms, estimators and variants."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, field_validator, model_serializer, model_validator

from nasrank.bench.studies import bounds
from nasrank.bench.studies.earlier import OF_THE_TERM
from nasrank.bench.studies.sections import Section, Words, mistake
from nasrank.bench.training.terms import TERMS, Term, TermContext
from nasrank.predictors import ESTIMATORS

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


PLAIN = "plain"
"""What the arm of a row is called that has no terms."""


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
        if content["name"] == PLAIN:
            raise mistake(f"{PLAIN!r} is what training without terms is called", "name")
        try:
            kind = TERMS.named(content["name"])
        except ValueError as error:
            raise mistake(str(error), "name") from error
        options = {key: value for key, value in content.items() if key != "name"}
        return {"name": content["name"], "settings": kind.Settings.model_validate(options)}

    @model_serializer
    def _beside_its_name(self) -> dict[str, Any]:
        return {"name": self.name, **self.settings.model_dump(mode="json")}


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
    switches: dict[str, str | int] = Field(default_factory=dict)
    images: dict[Literal["padding", "share"], Any] = Field(default_factory=dict)
    supernet: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    landmarks: dict[str, Any] = Field(default_factory=dict)
    terms: dict[str, dict[str, Any]] = Field(default_factory=dict, exclude_if=lambda terms: not terms)
    equal_passes: Annotated[bool, Field(exclude_if=lambda asked: not asked)] = False

    @property
    def changed(self) -> frozenset[str]:
        """Names of the sections that it changes."""
        names = {name for name in ("switches", *CHANGEABLE, "terms") if getattr(self, name)}
        return frozenset(names | {"training"} if self.equal_passes else names)


CHANGEABLE = ("images", "supernet", "training", "landmarks")
"""Sections of a study that a variant may change keys of; of the terms it changes options by their names."""
