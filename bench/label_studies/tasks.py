"""What is done at a time: all rows of one draw of so many labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nasrank.bench.label_studies.grammar import LabelStudy


class Task(NamedTuple):
    """A draw of labels, of one truth of a part."""

    part: str
    truth: str
    labels: int
    draw: int

    @property
    def name(self) -> str:
        return f"{self.part}.{self.truth}.{self.labels}-labels.draw{self.draw}"


def tasks_of(study: LabelStudy) -> Iterator[Task]:
    """All tasks that have rows; those of a part follow each other, as a process reads one part at a time."""
    for part, section in study.parts.items():
        for draw in range(study.draws_of(part)):
            for truth in section.truths:
                for count in study.counts_of(part):
                    if study.rows_of(part, truth, count, draw):
                        yield Task(part, truth, count, draw)
