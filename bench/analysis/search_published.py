"""What papers print of searchers on tables, with how sure we are of each figure.

To add one, append a line to search_published.csv. `mark` says how it is known: `V` was read in the source itself, `2nd`
in another's text that quotes it, `R` is recalled and was not checked against the paper, which every report says.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

MARKS = {"V": "read in the source", "2nd": "quoted by others", "R": "recalled, not checked against the paper"}

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class PublishedSearch:
    """A figure of others.

    Attributes:
        split: "valid" or "test", of the full schedule.
        mean: in percent.
        sd: over runs.
        runs: how many these are.
        mark: a key of `MARKS`.
        set_up: of theirs.
    """

    protocol: str
    searcher: str
    dataset: str
    split: str
    mean: float
    sd: float
    runs: int
    mark: str
    set_up: str
    source: str


@lru_cache(maxsize=1)
def published_searches() -> Mapping[Key, PublishedSearch]:
    """By protocol, searcher, data set and split; ValueError for a mark that is none."""
    text = (files("nasrank.bench.analysis") / "search_published.csv").read_text(encoding="utf-8")
    found = {}
    for line in csv.DictReader(text.splitlines()):
        if line["mark"] not in MARKS:
            raise ValueError(f"search_published.csv: the mark {line['mark']!r} is none of {', '.join(MARKS)}")
        texts = {name: line[name] for name in ("protocol", "searcher", "dataset", "split", "mark", "set_up", "source")}
        one = PublishedSearch(**texts, mean=float(line["mean"]), sd=float(line["sd"]), runs=int(line["runs"]))
        found[one.protocol, one.searcher, one.dataset, one.split] = one
    return MappingProxyType(found)
