"""The runs of a search study that nobody ran, whose every figure is given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.store import COLUMNS

COLUMN = {"oracle": "invented", "dataset": "cifar10", "epochs": 200, "seeds": "mean"}

TRUE_FRONT = [[0.05, 1.0], [0.1, 0.5], [0.3, 0.0]]

BEST = {"test": 95.0, "latency": 2.0}


def invented_study(**changes: Any) -> SearchStudy:
    """Two parts: in "one" random search, REA and a helped search, by accuracy and latency; in "two" fronts.

    Args:
        changes: keys of the whole study.
    """
    objectives = {"validation": {"table": {**COLUMN, "split": "valid_25k"}}, "cost": {"cost": "parameters"}}
    reported = {
        "test": {"label": "test accuracy", "table": {**COLUMN, "split": "test_50k"}},
        "latency": {"label": "latency, ms", "numbers": {"file": "latencies.csv", "column": "ms"}},
    }
    part = {
        "label": "the first",
        "protocol": "nb201",
        "space": "nb201",
        "queries": 100,
        "objectives": objectives,
        "price": {"oracle": "invented", "dataset": "cifar10", "split": "valid_25k", "epochs": 200, "evaluation": True},
        "reported": reported,
    }
    front = {"accuracy": "test", "cost": "latency"}
    both = ["validation", "cost"]
    content = {
        "title": "Invented",
        "runs": 6,
        "parts": {"one": part, "two": {**part, "label": "the second", "front": front}},
        "searchers": {
            "random": {"searcher": "random", "parts": ["one"]},
            "rea": {"searcher": "rea", "parts": ["one"]},
            "helped": {"searcher": "predicted", "label": "helped", "parts": ["one"], "known": ["cost"]},
            "nsga2": {"searcher": "nsga2", "objectives": both, "parts": ["two"]},
            "moenas": {"searcher": "moenas", "objectives": both, "parts": ["two"]},
        },
    }
    return SearchStudy.model_validate({**content, **changes})


def run_lines(
    searcher: str, run: int, steps: Sequence[tuple[int, float, float, float]], *, unit: int | None = None
) -> list[dict[str, Any]]:
    """The lines of a run on the first part: queries, seconds, accuracy and latency of each step, and of the end."""
    return [
        {
            "part": "one",
            "searcher": searcher,
            "run": run,
            "unit": run if unit is None else unit,
            "queries": queries,
            "seconds": seconds,
            "final": at == len(steps) - 1,
            "architecture": f"cell {at}",
            "told": test - 1,
            "front": "",
            "ended": "budget" if at == len(steps) - 1 else "",
            "test": test,
            "latency": latency,
        }
        for at, (queries, seconds, test, latency) in enumerate(steps)
    ]


def front_lines(searcher: str, run: int, volumes: Mapping[int, float], points: Any) -> list[dict[str, Any]]:
    """The lines of a run on the second part: the hypervolume at some queries, and the last front."""
    last = max(volumes)
    return [
        {
            "part": "two",
            "searcher": searcher,
            "run": run,
            "unit": run,
            "queries": queries,
            "seconds": 900.0 + run if queries == last else np.nan,
            "final": queries == last,
            "architecture": "",
            "front_size": len(points),
            "hypervolume": volume,
            "igd": 1.2 - volume,
            "igd_plus": 1.1 - volume,
            "front": json.dumps(points) if queries == last else "",
            "ended": "budget" if queries == last else "",
        }
        for queries, volume in volumes.items()
    ]


def invented_table() -> pd.DataFrame:
    """Six runs of everybody; the helped ones share three super-nets."""
    random, lines = np.random.default_rng(3), []
    for searcher, level in (("random", 93.7), ("rea", 93.9), ("helped", 94.4)):
        for run in range(6):
            final, latency = level + random.normal(0, 0.2), 9 - level / 20 + random.normal(0, 0.3)
            seconds = np.cumsum(random.uniform(40, 90, 4))
            tests = np.round([final - 3, final - 1.5, final, final], 4)
            latencies = np.round([latency + 1, latency + 2, latency, latency], 4)
            steps = list(zip((1, 5 + run, 40 + run, 100), seconds.round(3), tests, latencies, strict=True))
            lines += run_lines(searcher, run, steps, unit=run % 3 if searcher == "helped" else run)
    for searcher, level in (("nsga2", 0.9), ("moenas", 0.95)):
        for run in range(6):
            volumes = {count: round(level + gain + random.normal(0, 0.01), 5) for count, gain in ((20, 0), (100, 0.1))}
            lines += front_lines(searcher, run, volumes, [[0.3, 0.1 + run / 100], [0.1, 0.6], [0.2, 0.7]])
    return pd.DataFrame(lines, columns=[*COLUMNS, "test", "latency"])


def known() -> dict[str, Any]:
    """What is known of the tables."""
    return {
        "best": {"one": BEST, "two": BEST},
        "fronts": {"two": TRUE_FRONT},
        "versions": {"nasrank": "0"},
        "sources": {"invented": "ab" * 32},
    }


def invented_summary(**changes: Any) -> SearchSummary:
    """Of all of it."""
    return SearchSummary.of(invented_study(**changes), invented_table(), known())
