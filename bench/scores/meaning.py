"""What the columns of stored scores mean, as the ways, tasks and combinations that give them declare it.

Results may hold columns that nobody here knows, such as those of a plugin that is not loaded. They are called by their
names, and may be any number.

A study may score a super-net in further ways, see its section `[scoring]`. Their columns are called by the score, this
mark and the name of the way: `accuracy@ten-thousand`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from nasrank.bench.scores.combination import COMBINATIONS
from nasrank.bench.scores.score import WAYS
from nasrank.bench.tasks import TASKS, Score

MARK = "@"
"""Between the name of a score and that of a further way to score."""


def further_name(score: str, way: str) -> str:
    """How results call a score by a further way of the study; by the study's own, which has no name, as it is."""
    return f"{score}{MARK}{way}" if way else score


def scoring_phase(way: str) -> str:
    """How results call the time that a way of scoring takes."""
    return f"scoring {way}" if way else "scoring"


def parts_of_name(name: str) -> tuple[str, str]:
    """The score that a column is of, and the further way of the study; empty where that is the study's own."""
    score, _, way = name.partition(MARK)
    return score, way


def known_columns() -> dict[str, Score]:
    """Every score that something registered can give, by its name in results, so that higher is better.

    Raises:
        ValueError: two things give one name to scores that differ in label, unit or range.
    """
    found: dict[str, Score] = {}
    givers: dict[str, str] = {}
    for giver, score in _declared():
        if found.setdefault(score.name, score) != score:
            raise ValueError(
                f"the score {score.name!r} of {giver} is not that of {givers[score.name]}: label, unit or range differ"
            )
        givers.setdefault(score.name, giver)
    return found


def label_of(name: str) -> str:
    """How tables and figures call a column."""
    known, (score, way) = known_columns(), parts_of_name(name)
    label = known[score].label if score in known else score.replace("_", " ")
    return f"{label} ({way})" if way else label


def range_of(name: str) -> tuple[float, float]:
    """The least and the greatest value that a column can have."""
    known, (score, _) = known_columns(), parts_of_name(name)
    return (known[score].low, known[score].high) if score in known else (-inf, inf)


def _declared() -> Iterator[tuple[str, Score]]:
    """With the name of what declares it."""
    for name, task in TASKS.items():
        yield from ((f"the task {name}", score.upward) for score in task.measures)
    for name, way in WAYS.items():
        yield from ((f"the way {name}", score) for score in way.scores)
    for name, combination in COMBINATIONS.items():
        yield f"the combination {name}", combination.score
