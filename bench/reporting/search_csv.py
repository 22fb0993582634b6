"""search.csv: the architecture that each trial's search ends with, one a line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nasrank.bench.analysis.summary import DECIMALS, Summary
from nasrank.bench.foundation.escaping import csv_text

_NUMBERS = ("accuracy", "regret", "rank", "surpasses")
COLUMNS = ("arm", "label", "way", "landmarks", "seed", "architecture", *_NUMBERS, "missing")


def search_csv(summary: Summary, seeds: Sequence[int]) -> str:
    """What the means of "What the search finds" are of.

    `landmarks` is "without" or "with"; `architecture` is in the space's notation, and empty where several share the
    highest score: their numbers are expectations. A number that is not known is empty, and `missing` says why.

    Args:
        seeds: of the study, in its order.
    """
    return csv_text(COLUMNS, _rows(summary, seeds))


def _rows(summary: Summary, seeds: Sequence[int]) -> Iterator[list[str | int]]:
    for row in summary.search:
        for landmarks, side in (("without", row.before_by_seed), ("with", row.after_by_seed)):
            for seed, found in zip(seeds, side, strict=True):
                values = [getattr(found, name) for name in _NUMBERS]
                numbers = ["" if math.isnan(value) else f"{value:.{DECIMALS}f}" for value in values]
                label = summary.labels[row.strategy]
                yield [row.strategy, label, row.way, landmarks, seed, found.architecture, *numbers, found.missing]
