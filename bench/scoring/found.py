"""What a searcher finds by the scores of a trained super-net, in a space of any size and under limits of cost."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nasrank.bench.execution.process_pool import one_thread
from nasrank.bench.foundation.files import replacing
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.kept_supernets import TrainedSuperNet
from nasrank.bench.search.searcher import SEARCHERS, Choices, search
from nasrank.spaces import Cost, SearchSpace
from nasrank.spaces.decisions import PLACEHOLDER
from nasrank.spaces.limited import Limit, Limited


@dataclass(frozen=True)
class Found:
    """An architecture that was looked at.

    Attributes:
        score: of the super-net, by what its study ranks by; higher is better.
    """

    architecture: Any
    score: float
    cost: Cost


def find(
    supernet: TrainedSuperNet,
    searcher: str,
    *,
    evaluations: int,
    seed: int,
    limits: Sequence[Limit] = (),
    levels: Sequence[str] = (),
    said: Callable[[int], None] = lambda done: None,
) -> list[Found]:
    """Everything that was looked at, the best first.

    With levels, the decisions of one level are searched after those of the other, each with an equal share of the
    evaluations: those of later levels are at their first option until then, those of earlier ones what was found.

    Args:
        searcher: its name.
        evaluations: so many architectures are scored, or all that are asked for.
        limits: of what the stand-alone network costs, by the space's own options of it.
        levels: names, in the order in which they are searched; all decisions at once where there are none.
        said: called with how many have been scored since it was last called.

    Raises:
        ValueError: there is no such searcher or level, it cannot serve the space, or nothing keeps the limits.
    """
    space, kind = supernet.space, SEARCHERS.named(searcher)
    refuse_levels(space, levels)
    seen: dict[Choices, float] = {}

    def objective(paths: Sequence[Choices]) -> FloatArray:
        new = [path for path in dict.fromkeys(paths) if path not in seen]
        if new:
            scores = supernet.score([space.from_choices(path) for path in new])[supernet.ranked_by]
            seen.update(zip(new, map(float, scores), strict=True))
        said(len(paths))
        return np.array([seen[path] for path in paths])

    fixed: dict[int, int] = {}
    with one_thread():
        for turn, level in enumerate(levels or ("",)):
            later = set(levels[turn + 1 :])
            places = {place: one.level for place, one in enumerate(space.decisions)}
            options = {place: (option,) for place, option in fixed.items()}
            options |= {place: (PLACEHOLDER,) for place, name in places.items() if name in later}
            part = Limited(space, limits, options)
            random = generator(seed, Purpose.SEARCH_RUN, f"find {searcher} {level}".strip())
            made = kind(part, random)
            share = evaluations // len(levels or ("",))
            search(made, [objective], evaluations=share)
            best = made.best()
            fixed |= {place: best[place] for place, name in places.items() if not levels or name == level}
    found = sorted(seen.items(), key=lambda one: -np.inf if np.isnan(one[1]) else one[1], reverse=True)
    architectures = [(space.from_choices(path), score) for path, score in found]
    return [Found(architecture, score, space.cost(architecture)) for architecture, score in architectures]


def refuse_levels(space: SearchSpace[Any], levels: Sequence[str]) -> None:
    """ValueError unless these are all levels that decisions of the space have, each once, or none."""
    known = list(dict.fromkeys(decision.level for decision in space.decisions))
    if levels and sorted(levels) != sorted(known):
        names = ", ".join(filter(None, known)) or "none"
        raise ValueError(f"levels of {space.name} are {names}; name each of them once, in the order of the search")


def write_found(path: Path, found: Sequence[Found]) -> None:
    """A CSV file, whole or not at all, which `nasrank tabulate --architectures` reads."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["architecture", "score", "parameters", "multiply_adds"])
        writer.writerows(
            [str(one.architecture), one.score, one.cost.parameters, one.cost.multiply_adds] for one in found
        )
