"""Claims that a search study was made to check: how often one searcher ends better than another, stated beforehand.

    [claims.guided]
    says = "Bayesian optimization finds better generators than random search [Ru2020]"
    part = "nago"
    searcher = "gp"
    against = "random"
    at_least = 0.7

The chance is that a run of the one ends better than a run of the other.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nasrank.bench.search_studies.sections import Name
from nasrank.bench.studies.sections import Section, Words


class ClaimSection(Section):
    """That runs of one searcher end better than those of another."""

    says: Annotated[Words, Field(min_length=1)]
    """The claim in words, and whose it is."""

    part: Name
    """Where is searched."""

    searcher: Name
    """The searcher that it is about."""

    against: Name
    """The one that it is compared with."""

    figure: str = ""
    """What is reported of the part; the first where none is named."""

    at_least: Annotated[float, Field(ge=0, le=1)]
    """The chance that a run of the one ends better than a run of the other, as good counting half, from which on the
    claim holds: where its whole interval is no smaller. Where all of that is smaller it does not hold, and else it is
    open."""
