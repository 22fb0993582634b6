"""The grammar of gradient studies: groups of networks, the weights that are looked at, and what is claimed of them.

    kind = "gradients"
    title = "Transformers: gradients before training"
    space = "transformer"
    data = "ptb-characters"
    batch_size = 16
    seeds = 20
    weights = "layers.{layer}.visible.weight"

    [depths]
    option = "depth"
    values = [6, 12, 24]

    [groups.post]
    label = "post-normalization"
    architecture = "post:h4,r4|post:h4,r4|post:h4,r4|post:h4,r4|post:h4,r4|post:h4,r4"

    [claims.constant]
    says = "With post-normalization gradients do not fall with depth [Xiong2020]"
    group = "post"
    of = "slope"
    above = -0.05

A claim is about the slope of one group, which is that of log norm on log depth, or about the ratio of two at one depth.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, field_validator, model_validator

from nasrank.bench.data import DATASETS
from nasrank.bench.studies import bounds
from nasrank.bench.studies.sections import Count, Section, Words, mistake
from nasrank.spaces import SPACES

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Value = StrictBool | StrictInt | StrictFloat | StrictStr

LAYER = "{layer}"
"""Stands for the number of a layer in the names of weights."""

QUICK_SEEDS = 3


class DepthsSection(Section):
    """How deep networks are: an option of the space's networks, and its values."""

    option: Annotated[str, Field(min_length=1)]
    """What decides how deep networks are, as `nasrank tabulate --network` calls it."""

    values: Annotated[tuple[Count, ...], Field(min_length=2)]
    """Of it, from the least to the greatest."""

    @field_validator("values")
    @classmethod
    def _rising(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if list(values) != sorted(set(values)):
            raise ValueError("depths are listed once each, from the least to the greatest")
        return values


class GroupSection(Section):
    """Networks of one architecture, in every depth."""

    label: Annotated[Words, Field(min_length=1)]
    """What tables, sentences and figures call them."""

    architecture: Annotated[str, Field(min_length=1)]
    """In the notation of the space."""

    network: dict[str, Value] = Field(default_factory=dict)
    """Other options of its networks, as `nasrank tabulate --network` has them."""


class ClaimSection(Section):
    """That the norm of one group's gradients rises or falls so fast with depth, or is so many times that of another."""

    says: Annotated[Words, Field(min_length=1)]
    """The claim in words, and whose it is."""

    group: Name
    """The group that it is about."""

    of: Literal["slope", "ratio"]
    """What is bounded: the `slope` of log norm on log depth, the power of the depth that the norm goes with; or the
    `ratio` of the group's norm to another's."""

    against: str = ""
    """The other group of a ratio."""

    depth: int | None = None
    """That of a ratio, one of the study's."""

    above: float | None = None
    """It holds where the whole interval is no smaller, does not hold where all of that is smaller, and else is open."""

    below: float | None = None
    """The same, where it is to be smaller."""

    @model_validator(mode="after")
    def _about_one_thing(self) -> ClaimSection:
        if (self.above is None) == (self.below is None):
            raise ValueError("it is bounded on one side: above or below")
        if self.of == "slope" and (self.against or self.depth is not None):
            raise ValueError("a slope is of one group over all depths, without against and depth")
        if self.of == "ratio" and (not self.against or self.depth is None):
            raise ValueError("a ratio is against another group, at a depth")
        if self.of == "ratio" and not self.bound > 0:
            raise ValueError(f"{self.bound:g} is no ratio of norms, which is positive")
        if self.against == self.group:
            raise ValueError("it is about the ratio of a group to itself")
        return self

    @property
    def bound(self) -> float:
        """From where on it holds."""
        bound = self.below if self.above is None else self.above
        assert bound is not None
        return bound


class GradientStudy(Section):
    """A whole gradient study."""

    title: Words
    """What the report is called."""

    space: str
    """Search space of the networks, as `nasrank spaces` names it."""

    data: str
    """The data set that batches are drawn from; its task decides the loss."""

    batch_size: Count
    """Samples of a batch. Each seed draws one, the same for all groups and depths."""

    seeds: Annotated[int, Field(ge=2, le=bounds.MOST_SEEDS)]
    """How many there are, from 0 on. Each draws initial weights and a batch, and intervals are over them."""

    weights: str
    """Names of the weights that are looked at, such as `layers.{layer}.visible.weight`: `{layer}` stands for a number,
    by whose order layers are counted from 1 (of several, by the first before the second), and `*` for any text. Of
    several weights of a layer, the norm is that of all together."""

    layer: Literal["first", "last"] = "last"
    """Whose norm is followed from depth to depth."""

    layers_at: Annotated[int | None, Field(exclude_if=lambda depth: depth is None)] = None
    """The depth at which every layer is shown, one of `depths`; the greatest where none is given."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Of every interval."""

    depths: DepthsSection
    """How deep networks are."""

    groups: Annotated[dict[Name, GroupSection], Field(min_length=1)]
    """What is compared."""

    claims: dict[Name, ClaimSection] = Field(default_factory=dict)
    """What the study was made to check."""

    claims_after: Annotated[Words, Field(exclude_if=lambda seen: not seen)] = ""
    """What had been seen when they were stated, such as `a pilot of two seeds`; nothing where that is not said."""

    @property
    def shown_depth(self) -> int:
        """At which every layer is shown."""
        return self.layers_at or self.depths.values[-1]

    def quick(self) -> GradientStudy:
        """A look at the study: three seeds."""
        return self.model_copy(update={"seeds": min(self.seeds, QUICK_SEEDS)})

    @field_validator("space")
    @classmethod
    def _space(cls, name: str) -> str:
        SPACES.named(name)  # refuses what there is not
        return name

    @field_validator("data")
    @classmethod
    def _data(cls, name: str) -> str:
        DATASETS.named(name)
        return name

    @field_validator("weights")
    @classmethod
    def _numbered(cls, text: str) -> str:
        if LAYER not in text:
            raise ValueError(f"{text!r:.80} says not by what number layers are counted: write {LAYER} where it stands")
        return text

    @field_validator("groups")
    @classmethod
    def _told_apart(cls, groups: dict[str, GroupSection]) -> dict[str, GroupSection]:
        labels = [group.label for group in groups.values()]
        if twice := next((label for label in labels if labels.count(label) > 1), None):
            raise ValueError(f"two groups are called {twice!r}")
        return groups

    @model_validator(mode="after")
    def _fits_together(self) -> GradientStudy:
        source = DATASETS[self.data]
        _at("data", source.refuse_kind, SPACES[self.space].inputs, self.space)
        if self.batch_size > source.count:
            raise mistake(f"{self.data} has {source.count:,} samples, not {self.batch_size:,}", "batch_size")
        if self.layers_at is not None:
            self._refuse_other_depths(self.layers_at, "layers_at")
        for name, group in self.groups.items():
            if self.depths.option in group.network:
                raise mistake(f"{self.depths.option} is what depths are of", "groups", name, "network")
        for name, claim in self.claims.items():
            for key in ("group", "against"):
                if (asked := getattr(claim, key)) and asked not in self.groups:
                    there = ", ".join(self.groups)
                    raise mistake(f"there is no group {asked!r}; groups are {there}", "claims", name, key)
            if claim.depth is not None:
                self._refuse_other_depths(claim.depth, "claims", name, "depth")
        return self

    def _refuse_other_depths(self, depth: int, *keys: str) -> None:
        if depth not in self.depths.values:
            raise mistake(f"{depth} is none of the depths, which are {', '.join(map(str, self.depths.values))}", *keys)


def _at(key: str, refuse: Any, *arguments: Any) -> None:
    """Tell a mistake with its key."""
    try:
        refuse(*arguments)
    except ValueError as error:
        raise mistake(f"{error}", key) from None
