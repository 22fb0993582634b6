"""What is done at a time: some runs of one searcher on one part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nasrank.bench.search_studies.grammar import SearchStudy

CHUNK = 25
"""Runs that are done together: most take milliseconds, and what they look up is shared."""


class Task(NamedTuple):
    """Runs `first` to `last`, without it, of a searcher."""

    part: str
    searcher: str
    first: int
    last: int

    @property
    def name(self) -> str:
        return f"{self.part}.{self.searcher}.runs{self.first}-{self.last - 1}"


def tasks_of(study: SearchStudy) -> Iterator[Task]:
    """All tasks; those of a part follow each other, as a process reads one part at a time.

    Where a searcher has few runs, because each takes long, every one of them is a task.
    """
    for part in study.parts:
        for searcher in study.searchers:
            if study.searches(searcher, part):
                runs = study.runs_of(searcher, part)
                size = CHUNK if runs > CHUNK else 1
                for first in range(0, runs, size):
                    yield Task(part, searcher, first, min(first + size, runs))
