"""What the columns of stored scores mean, as the ways, tasks and combinations that give them declare it.

Results may hold columns that nobody here knows, such as those of a plugin that is not loaded. They are called by their
names, and may be any number.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from nasrank.bench.scores.combination import COMBINATIONS
from nasrank.bench.scores.score import WAYS
from nasrank.bench.tasks import TASKS, Score


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
    known = known_columns()
    return known[name].label if name in known else name.replace("_", " ")


def range_of(name: str) -> tuple[float, float]:
    """The least and the greatest value that a column can have."""
    known = known_columns()
    return (known[name].low, known[name].high) if name in known else (-inf, inf)


def _declared() -> Iterator[tuple[str, Score]]:
    """With the name of what declares it."""
    for name, task in TASKS.items():
        yield from ((f"the task {name}", score.upward) for score in task.measures)
    for name, way in WAYS.items():
        yield from ((f"the way {name}", score) for score in way.scores)
    for name, combination in COMBINATIONS.items():
        yield f"the combination {name}", combination.score
