"""Claims that a study was made to check: differences of rankings, with the threshold that was stated beforehand.

[claims.random-labels]
says = "With random labels the angle ranks as well as the accuracy with true ones [Zhang2021]"
row = "rlnas"
against = "spos"
against_score = "accuracy"
at_least = -0.1
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from nasrank.bench.studies.sections import Section, Words, mistake


class ClaimSection(Section):
    """That one ranking has a higher tau than another, or one that is no more than so much lower."""

    says: Annotated[Words, Field(min_length=1)]
    """The claim in words, and whose it is."""

    row: str
    """The row whose tau it is about, or a baseline."""

    guided: bool = False
    """Whether that is the row with landmarks."""

    score: str = ""
    """What its super-nets rank by; what the row ranks by where none is named."""

    against: str
    """The row or baseline whose tau is subtracted, perhaps the same one."""

    against_guided: bool = False
    """Whether that is the row with landmarks."""

    against_score: str = ""
    """What its super-nets rank by."""

    within: str = ""
    """One of `analysis.thirds`: the mean of the differences within each third is meant. Over the whole pool where none
    is named."""

    at_least: Annotated[float, Field(ge=-2, le=2)]
    """The difference from which on the claim holds: where its whole interval is no smaller. Where all of that is
    smaller, the claim does not hold, and else it is open."""


def refuse_unanswerable(
    claims: dict[str, ClaimSection], rows: Collection[str], baselines: Collection[str], thirds: Collection[str]
) -> None:
    """ValidationError where a claim is about what the study does not measure, or about nothing."""
    for name, claim in claims.items():
        for key, score, guided in (
            ("row", claim.score, claim.guided),
            ("against", claim.against_score, claim.against_guided),
        ):
            asked = getattr(claim, key)
            if asked not in rows and asked not in baselines:
                there = ", ".join([*rows, *baselines])
                raise mistake(f"{asked!r} is neither a row nor a baseline; there are {there}", "claims", name, key)
            if asked not in rows and (score or guided):
                raise mistake(f"the baseline {asked} has one ranking, without super-nets", "claims", name, key)
        if claim.within and claim.within not in thirds:
            there = ", ".join(thirds) or "none"
            raise mistake(f"{claim.within!r} is none of analysis.thirds, which are {there}", "claims", name, "within")
        first, second = (
            (claim.row, claim.guided, claim.score),
            (claim.against, claim.against_guided, claim.against_score),
        )
        if first == second:
            raise mistake("it is about the difference of a ranking from itself", "claims", name, "against")
