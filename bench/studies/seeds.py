"""Seeds that are added until enough is known: what a study file may say in place of a list of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from nasrank.bench.ranking.sequential import MOST_LOOKS, Looks
from nasrank.bench.ranking.stopping import StoppingRule
from nasrank.bench.studies import bounds
from nasrank.bench.studies.sections import Section, mistake


class SeedRule(Section):
    """In place of a list of seeds: the first and those after it, until a row needs no more.

    Rows are looked at where all have so many seeds as the next look says. A row that needs no more is not trained any
    further; the others go on to the look after. See `nasrank.bench.ranking.sequential`.
    """

    at_least: Annotated[int, Field(ge=2)]
    """Seeds at the first look; with 2 or 3 of them, next to nothing can be decided."""

    at_most: Annotated[int, Field(le=bounds.MOST_SEEDS)]
    """Seeds at the last look. Landmarks of all of them are kept out of the pool, whether they are needed or not."""

    first: Annotated[
        int, Field(ge=0, le=bounds.GREATEST_SEED - bounds.MOST_SEEDS, exclude_if=lambda seed: not seed)
    ] = 0
    """The first seed, from which they are counted. What was tuned on some seeds is judged on others."""

    until: Literal["decided", "narrow"] = "decided"
    """What ends a row: that its gain is `decided`, by Holm's test over all rows at their looks, or, whatever its sign,
    that its interval is `narrow`."""

    width: Annotated[float | None, Field(gt=0, exclude_if=lambda width: width is None)] = None
    """Of the interval of the gain in Kendall's tau-b, from end to end: a row with a narrower one ends, decided or
    not."""

    looks: Annotated[tuple[int, ...], Field(max_length=MOST_LOOKS, exclude_if=lambda looks: not looks)] = ()
    """Numbers of seeds at which rows are looked at, from `at_least` to `at_most`; by default in steps of `at_least`."""

    @model_validator(mode="after")
    def _looks_fit(self) -> SeedRule:
        if self.at_most < self.at_least:
            raise mistake(f"{self.at_most} is fewer than at_least = {self.at_least}", "at_most")
        if self.until == "narrow" and self.width is None:
            raise mistake("until = 'narrow' needs one", "width")
        try:
            looks = self.planned
        except ValueError as error:
            raise mistake(str(error), "looks") from error
        if (looks.seeds[0], looks.seeds[-1]) != (self.at_least, self.at_most):
            raise mistake(
                f"the first is at_least = {self.at_least} and the last at_most = {self.at_most}, not "
                f"{looks.seeds[0]} and {looks.seeds[-1]}",
                "looks",
            )
        return self

    @property
    def every(self) -> tuple[int, ...]:
        """All seeds that there may come to be."""
        return tuple(range(self.first, self.first + self.at_most))

    @property
    def planned(self) -> Looks:
        """The looks, as named or in steps of `at_least`."""
        return Looks(self.looks or (*range(self.at_least, self.at_most, self.at_least), self.at_most))

    def rule(self, confidence: float) -> StoppingRule:
        """Of comparisons with intervals of this confidence."""
        return StoppingRule(self.planned, 1 - confidence, self.until == "decided", self.width)

    @property
    def in_words(self) -> str:
        """Without when it was, as in "until decided or narrower than 0.1"."""
        ends = ["its gain is decided"] if self.until == "decided" else []
        ends += [] if self.width is None else [f"its interval is narrower than {self.width:g}"]
        return f"until {' or '.join(ends)}"
