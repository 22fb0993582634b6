"""Figures of others that a study's own are read beside: printed as what they are, never compared in numbers.

To add one, append a line to published.csv. Where a table was read in another's text that quotes it, the source says so;
figures that nobody at hand has printed are not here. GM-NAS's own search results on NAS-Bench-201 are among those, and
were selected by querying the benchmark besides.
"""

from __future__ import annotations

import csv
from importlib.resources import files

from nasrank.bench.analysis.frame import NOTHING
from nasrank.bench.analysis.summary import Published
from nasrank.bench.runner.design import Design
from nasrank.spaces import get_space


def published(design: Design) -> tuple[Published, ...]:
    """Those for the rows of a study, of its space and the data that its truth was measured on.

    A line without a data set is of a space whose table is of other data than any paper's, and stands beside each.

    Figures of RandomNAS stand under SPOS, named so, where a study has no row of it and all combinations of decisions
    are architectures: both then draw paths from the same distribution.
    """
    study, found = design.study, []
    free = all(decision.free for decision in get_space(study.space).decisions)
    for line in _figures():
        if line["space"] != study.space or line["dataset"] not in ("", study.truth.dataset):
            continue
        if line["strategy"] == "random_nas" and free and "random_nas" not in study.strategies:
            line |= {"strategy": "spos", "what": f"RandomNAS (the same distribution of paths): {line['what']}"}
        if line["strategy"] in study.strategies:
            found.append(_figure(line, _row_of(line, design)))
    return tuple(found)


def _figures() -> list[dict[str, str]]:
    text = (files("nasrank.bench.analysis") / "published.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _row_of(line: dict[str, str], design: Design) -> str:
    """The variant that has the same statistics of the super-net's normalization, else the strategy as it is."""
    for name, row in design.rows.items():
        alike = row.strategy.name == line["strategy"] and row.study.supernet.statistics == line["statistics"]
        if alike and row.changed <= {"supernet"}:
            return name
    return line["strategy"]


def _figure(line: dict[str, str], row: str) -> Published:
    texts = {name: line[name] for name in ("what", "protocol", "source", "score", "quantity")}
    deviation = float(line["deviation"]) if line["deviation"] else NOTHING
    return Published(row=row, **texts, value=float(line["value"]), deviation=deviation)
