"""The section of a study file that says who searches, whatever is searched."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from nasrank.bench.search.searcher import SEARCHERS, Searcher, Settings
from nasrank.bench.studies.sections import Section, Words, known


class ChosenSearcher(Section):
    """One searcher with its settings."""

    searcher: str
    """Its registered name."""

    label: Words = ""
    """What tables and figures call it; by default as it calls itself."""

    settings: dict[str, Any] = Field(default_factory=dict)
    """What is chosen of it; the published values where nothing is."""

    @field_validator("searcher")
    @classmethod
    def _known_searcher(cls, name: str) -> str:
        return known(name, SEARCHERS, "searcher")

    @model_validator(mode="after")
    def _known_settings(self) -> Self:
        try:
            self.chosen()
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, ("settings", *first["loc"])))
            keys = ", ".join(self.kind.settings_type.model_fields) or "none"
            words = first["msg"].removeprefix("Value error, ")
            raise ValueError(f"{where}: {words}; {self.searcher} has {keys}") from None
        return self

    @property
    def kind(self) -> type[Searcher]:
        """The class of the searcher."""
        return SEARCHERS[self.searcher]

    def chosen(self) -> Settings:
        """Its settings."""
        return self.kind.settings_type.model_validate(self.settings)

    @property
    def named(self) -> str:
        """What it is called."""
        return self.label or self.kind.label
