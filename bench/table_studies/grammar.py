"""The grammar of table studies: groups of architectures, and what is claimed of them.

    kind = "tables"
    title = "NAGO: generators, graphs and flat wiring"

    [groups.hierarchical]
    label = "hierarchical graphs"
    oracle = "nago-cifar10-16"
    dataset = "cifar10-16"
    split = "test_tabulated"
    epochs = 2

    [claims.generators]
    says = "The generator decides more than which of its graphs it is [Ru2020]"
    group = "hierarchical"
    share = "generators"
    at_least = 0.5

    [claims.hierarchy]
    says = "Hierarchical graphs beat flat random wiring [Ru2020]"
    group = "hierarchical"
    against = "flat"
    at_least = 0.0

A claim is about the difference of two groups or how alike they rank, about where the variance of one lies, or about
every run of one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.oracles.ask.quantities import QUANTITIES, Quantity
from nasrank.bench.studies import bounds
from nasrank.bench.studies.sections import Metric, Section, TruthSection, Words, mistake

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1)]


class GroupSection(Section):
    """Architectures of a table, each measured with every training seed of it."""

    label: Annotated[Words, Field(min_length=1)]
    """What tables, sentences and figures call them."""

    oracle: str
    """The table, as `nasrank tables list` names it."""

    dataset: str
    """The data set that the networks were trained on."""

    split: Split
    """What they were trained and measured on."""

    epochs: Annotated[int, Field(ge=1, le=bounds.MOST_EPOCHS)]
    """Length of their training."""

    only: dict[Text, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Of decisions those options that are left, and all of others."""

    architectures: tuple[Text, ...] = ()
    """Those that are meant; all of the table where none is named."""

    @model_validator(mode="after")
    def _as_truths(self, info: ValidationInfo) -> GroupSection:
        """The table and what is asked of it are refused as in other studies."""
        asked = self.model_dump(include={"oracle", "dataset", "split", "epochs"})
        TruthSection.model_validate({**asked, "seeds": "mean"}, context=info.context)
        return self

    @field_validator("architectures")
    @classmethod
    def _named_once(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        if twice := next((text for text in texts if texts.count(text) > 1), None):
            raise ValueError(f"{twice!r:.200} is named twice")
        return texts

    @model_validator(mode="after")
    def _chosen_in_one_way(self) -> GroupSection:
        if self.only and self.architectures:
            raise ValueError("architectures are named or chosen by their options, not both")
        return self


class ClaimSection(Section):
    """That one group is better than another or ranks like it, that much of the variance of one lies somewhere, or that
    every run of one is beyond a bound.
    """

    says: Annotated[Words, Field(min_length=1)]
    """The claim in words, and whose it is."""

    group: Name
    """The group that it is about."""

    against: str = ""
    """The group that it is compared with."""

    by: Annotated[Literal["difference", "tau"], Field(exclude_if=lambda by: by == "difference")] = "difference"
    """How it is compared with the other: by how much better it is in the mean, or by Kendall's tau-b between the two
    rankings of the architectures that both have."""

    share: Words = ""
    """Between what the variance of a single run lies, as `nasrank tables info` says it, such as `generators`."""

    over: Literal["architectures", "seeds"] = "architectures"
    """What the interval of a difference is over: other architectures of the same kinds, paired where one group has all
    that the other has, or other seeds of these very networks."""

    at_least: float | None = None
    """Percentage points or perplexity, the tau, or the share, from which on the claim holds: where the whole interval
    is no smaller. Where all of that is smaller it does not hold, and else it is open."""

    every_run_above: Annotated[float | None, Field(exclude_if=lambda bound: bound is None)] = None
    """Of each seed of each architecture of the group, accuracy or perplexity is greater: else it does not hold."""

    every_run_below: Annotated[float | None, Field(exclude_if=lambda bound: bound is None)] = None
    """The same, where it is to be smaller."""

    @property
    def bound(self) -> float | None:
        """Of every run; None where it is about something else."""
        return self.every_run_below if self.every_run_above is None else self.every_run_above

    @model_validator(mode="after")
    def _about_one_thing(self) -> ClaimSection:
        asked = [self.against, self.share, self.every_run_above is not None, self.every_run_below is not None]
        if sum(map(bool, asked)) != 1:
            raise ValueError(
                "it is about one thing: a comparison against another group, a share of variance, or every run being "
                "above or below a bound"
            )
        if (self.at_least is None) != (self.bound is not None):
            raise ValueError("at_least goes with a comparison or a share, and with nothing else")
        if self.against == self.group:
            raise ValueError("it is about the difference of a group from itself")
        if self.over == "seeds" and (self.share or self.by == "tau"):
            raise ValueError("the interval of a share or a tau is over architectures")
        if self.by == "tau" and not self.against:
            raise ValueError("a tau is between the group and another, which against names")
        if self.share and not 0 <= (self.at_least or 0) <= 1:
            raise ValueError(f"at_least = {self.at_least} is no share, which is from 0 to 1")
        if self.by == "tau" and not -1 <= (self.at_least or 0) <= 1:
            raise ValueError(f"at_least = {self.at_least} is no tau, which is from -1 to 1")
        return self


class TableStudy(Section):
    """A whole table study."""

    title: Words
    """What the report is called."""

    metric: Metric = "accuracy"
    """What the tables have measured. Of losses and perplexities, lower ones are better."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Of every interval."""

    groups: Annotated[dict[Name, GroupSection], Field(min_length=1)]
    """What is compared."""

    claims: dict[Name, ClaimSection] = Field(default_factory=dict)
    """What the study was made to check."""

    claims_after: Annotated[Words, Field(exclude_if=lambda seen: not seen)] = ""
    """What had been seen when they were stated, such as `a pilot of two seeds`; nothing where that is not said."""

    @property
    def bounded(self) -> bool:
        """Whether a claim is about every run."""
        return any(claim.bound is not None for claim in self.claims.values())

    @property
    def higher_is_better(self) -> bool:
        """Of what was measured."""
        return self.measured.direction == "higher"

    @property
    def measured(self) -> Quantity:
        """What that is."""
        return QUANTITIES[self.metric]

    @property
    def in_percent(self) -> bool:
        """Whether differences are percentage points."""
        return self.measured.unit == "percent"

    @field_validator("groups")
    @classmethod
    def _told_apart(cls, groups: dict[str, GroupSection]) -> dict[str, GroupSection]:
        labels = [group.label for group in groups.values()]
        if twice := next((label for label in labels if labels.count(label) > 1), None):
            raise ValueError(f"two groups are called {twice!r}")
        return groups

    @model_validator(mode="after")
    def _names_groups(self) -> TableStudy:
        for name, claim in self.claims.items():
            for key in ("group", "against"):
                asked = getattr(claim, key)
                if asked and asked not in self.groups:
                    there = ", ".join(self.groups)
                    raise mistake(f"there is no group {asked!r}; groups are {there}", "claims", name, key)
        return self
