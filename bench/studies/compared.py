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


Half: TypeAlias = Literal["both", "first", "second"]
"""Of the landmarks, in the random order by which fewer of them are taken."""


class LandmarkSection(Section):
    """The landmarks, architectures of known accuracy, and what is said of them.

    How they are drawn stands at `choose_landmarks`.
    """

    count: Annotated[int, Field(ge=2)]
    """How many; each seed draws its own."""

    choice: Choice = "random"
    """How they are chosen: at `random`, `even` in rank, `diverse` by edit distance, or by a trained `super_net`: then a
    row has the landmarks of the row `after` and those that its super-net with landmarks scores best."""

    after: Annotated[str, Field(exclude_if=lambda row: not row)] = ""
    """The row whose super-net chooses, with `choice = "super_net"`."""

    half: Annotated[Half, Field(exclude_if=lambda half: half == "both")] = "both"
    """Which half of a seed's landmarks guides: `both`, or the `first` or the `second`, drawn at random. The super-net
    scores the others, too, whose labels it has not seen: cross-fitting."""

    order: Annotated[Order, Field(exclude_if=lambda order: order == "truth")] = "truth"
    """Of the labels: that of the `truth`, or `random`, a control that guides as much and tells nothing."""

    label_noise: Annotated[float, Field(ge=0, le=bounds.MOST_NOISE, exclude_if=lambda noise: noise == 0)] = 0.0
    """Standard deviation of what is added to the labels, in the unit of the truth."""

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

    @property
    def guiding(self) -> int:
        """How many of them guide; of an odd number, the second half has one more."""
        return {"both": self.count, "first": self.count // 2, "second": self.count - self.count // 2}[self.half]

    @model_validator(mode="after")
    def _halves_have_an_order(self) -> LandmarkSection:
        if self.guiding < 2:
            raise ValueError(
                f"half = {self.half!r} of {self.count} landmarks is one, which has no order; take 4 of them"
            )
        return self

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
    """Which term."""

    settings: Term.Settings
    """In a study file, they stand beside the name."""

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

BEST = "best_on_labels"
"""Name of the one that is the strongest these labels can choose."""


class EstimatorSection(Section):
    """What the super-nets are read against: estimators that share no weights."""

    baselines: tuple[str, ...] = (RIDGE, BEST, "parameters", "multiply_adds")
    """Those whose metrics stand in every table, the ridge on the same labels among them, and the regression that
    cross-validation on these labels prefers."""

    label_uses: tuple[str, ...] = ()
    """Of those that have labels, which are compared where a study is about the landmarks of one strategy: by
    themselves, and stacked on the super-nets with and without landmarks."""

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
    """A strategy with something changed, as a row of its own; the name of the row is that of its section.

    What all rows are measured by, such as the scoring images, cannot be changed.
    """

    strategy: str
    """The strategy that is changed; it need not be a row itself."""

    base: Annotated[str, Field(exclude_if=lambda arm: not arm)] = ""
    """The row that it is compared with: its strategy's where that is a row, else the first."""

    label: Annotated[Words, Field(min_length=1)]
    """What tables call it."""

    switches: dict[str, str | int] = Field(default_factory=dict)
    """Options of the strategy itself."""

    images: dict[Literal["padding", "mirror", "noise", "share", "dataset", "weights", "held_out"], Any] = Field(
        default_factory=dict
    )
    """Keys of `[images]` that replace the study's. Another `dataset` has the same images in the same order, in another
    resolution. The scoring images stay; more that train or are held out are taken from those that the study does not
    use, and fewer are some of the study's."""

    supernet: dict[str, Any] = Field(default_factory=dict)
    """Keys of `[supernet]` that do."""

    training: dict[str, Any] = Field(default_factory=dict)
    """Keys of `[training]` that do."""

    landmarks: dict[str, Any] = Field(default_factory=dict)
    """Keys of `[landmarks]` that do."""

    terms: dict[str, dict[str, Any]] = Field(default_factory=dict, exclude_if=lambda terms: not terms)
    """Options of terms by the name of the term; one that the study does not have is added."""

    equal_passes: Annotated[bool, Field(exclude_if=lambda asked: not asked)] = False
    """Whether training without terms has as many passes as training with them: what their compute alone would do."""

    @property
    def changed(self) -> frozenset[str]:
        """Names of the sections that it changes."""
        names = {name for name in ("switches", *CHANGEABLE, "terms") if getattr(self, name)}
        return frozenset(names | {"training"} if self.equal_passes else names)


CHANGEABLE = ("images", "supernet", "training", "landmarks")
"""Sections of a study that a variant may change keys of; of the terms it changes options by their names."""
