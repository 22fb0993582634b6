"""Published figures of proxies with their set-ups, and whether ours were measured in the same.

To add one, append a line to proxies_published.csv. `mark` says how the figure is known: `V` was read in the source
itself, `2nd` in another's text that quotes it, `M` was measured here from scores that others published. What nobody at
hand has printed is not there.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from nasrank.bench.data import DATASETS

MARKS = {"V": "read in the source", "2nd": "quoted by others", "M": "measured here from scores that others published"}

CLOSE = 0.05
"""A tau of the same set-up that differs by more is to be explained."""


@dataclass(frozen=True)
class PublishedFigure:
    """A figure of others.

    Attributes:
        dataset: of the truth.
        mark: a key of `MARKS`.
        network: `channels` and `cells_per_stage`, and `side` of the images in pixels; empty where it is not said.
        dead_branches: "kept", "removed", or empty where it is not said.
        set_up: what else is said of it.
    """

    space: str
    dataset: str
    predictor: str
    metric: str
    value: float
    mark: str
    network: Mapping[str, int]
    dead_branches: str
    set_up: str
    source: str

    def same_set_up(self, set_up: Mapping[str, Any]) -> bool:
        """Whether the networks and images of a sheet's set-up are those of the figure, and dead branches, if said."""
        ours = {**set_up["network"], "side": DATASETS.named(set_up["data"]).side}
        branches = "kept" if set_up["dead_branches"] else "removed"
        alike = bool(self.network) and all(ours.get(name) == value for name, value in self.network.items())
        return set_up["space"] == self.space and alike and self.dead_branches in ("", branches)


def published_figures(predictors: Sequence[str]) -> tuple[PublishedFigure, ...]:
    """Those of these predictors, in the order of the file."""
    text = (files("nasrank.bench.analysis") / "proxies_published.csv").read_text(encoding="utf-8")
    return tuple(_figure(line) for line in csv.DictReader(text.splitlines()) if line["predictor"] in predictors)


def _figure(line: dict[str, str]) -> PublishedFigure:
    if line["mark"] not in MARKS:
        raise ValueError(f"proxies_published.csv: the mark {line['mark']!r} is none of {', '.join(MARKS)}")
    network = {name: int(line[name]) for name in ("channels", "cells_per_stage", "side") if line[name]}
    texts = {name: line[name] for name in ("space", "dataset", "predictor", "metric", "mark", "dead_branches")}
    return PublishedFigure(
        **texts, value=float(line["value"]), network=network, set_up=line["set_up"], source=line["source"]
    )
