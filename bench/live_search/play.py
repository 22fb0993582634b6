"""One search: it asks for architectures, each is trained once, and what was found is trained anew with other seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.live_search.grammar import LiveStudy
from nasrank.bench.search.searcher import Choices
from nasrank.bench.tabulation.standalone import StandaloneRun

MOST_FREE = 10_000
"""After so many questions in a row whose answers were there, a search is held to be at its end."""

ALL_TRAINED = "all networks are trained"
NOTHING_NEW = "it asks for nothing new any more"

Train = Callable[[Any, int], StandaloneRun]
"""Of an architecture and a seed, what one training run gave."""


@dataclass(frozen=True)
class Search:
    """What a search came to; numbers are in the unit of the metric, NaN where a network diverged.

    Attributes:
        architectures: texts of all that were trained, in their order.
        values: of each, as the searcher was told it.
        failures: of each, why it is worth nothing; empty where it is worth something.
        best: place of the best of them; None where all diverged.
        again: of that one, with each of the other seeds; empty where there is none.
        seconds: processor time of all training runs of the search that did not diverge, without those anew.
        ended: why it ended, in a few words.
    """

    architectures: tuple[str, ...]
    values: tuple[float, ...]
    failures: tuple[str, ...]
    best: int | None
    again: tuple[float, ...]
    seconds: float
    ended: str

    @classmethod
    def of(
        cls,
        study: LiveStudy,
        architectures: Sequence[str],
        values: Sequence[float],
        failures: Sequence[str],
        again: Sequence[float],
        seconds: float,
        ended: str,
    ) -> Search:
        """With the place of the best."""
        best = _best(study, values)
        return cls(tuple(architectures), tuple(values), tuple(failures), best, tuple(again), seconds, ended)


def play(
    study: LiveStudy,
    searcher: str,
    run: int,
    train: Train,
    *,
    progress: Callable[[float], None] = lambda share: None,
) -> Search:
    """Search `run` of a searcher, decided by its name, this number and what `train` answers alone."""
    space, row, metric = study.searched, study.searchers[searcher], study.measured
    made = row.kind(space, generator(run, Purpose.SEARCH_RUN, f"live {searcher}"), row.chosen())
    sign = 1.0 if study.higher_is_better else -1.0
    found: dict[Choices, StandaloneRun] = {}
    whole, free, ended = study.evaluations + study.again, 0, ALL_TRAINED

    def worth(run: StandaloneRun) -> float:
        return run.curves[metric.name][-1] if run.curves else np.nan

    while len(found) < study.evaluations:
        asked = [tuple(choices) for choices in made.ask()]
        if not asked or free > MOST_FREE:
            ended = NOTHING_NEW
            break
        told: dict[Choices, float] = {}
        for choices in asked:
            free = free + 1 if choices in found else 0
            if choices not in found:
                if len(found) == study.evaluations:
                    break
                found[choices] = train(space.from_choices(choices), run)
                progress(len(found) / whole)
            told[choices] = sign * worth(found[choices])
        answered = [choices for choices in asked if choices in told]
        made.tell(answered, np.array([told[choices] for choices in answered]))
    runs = list(found.values())
    values = [worth(one) for one in runs]
    again: list[float] = []
    if (place := _best(study, values)) is not None:
        best = space.from_choices(list(found)[place])
        for number in range(study.again):
            again.append(worth(train(best, study.seed_anew(run, number))))
            progress((len(found) + number + 1) / whole)
    progress(1.0)
    names = [str(space.from_choices(choices)) for choices in found]
    seconds = sum(one.seconds for one in runs)
    return Search.of(study, names, values, [one.failure for one in runs], again, seconds, ended)


def _best(study: LiveStudy, values: Sequence[float]) -> int | None:
    if not np.isfinite(values).any():
        return None
    return int(np.nanargmax(values) if study.higher_is_better else np.nanargmin(values))
