"""Sheets of made-up scores whose agreement with a made-up truth is known, for reports on proxies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nasrank.bench.scoring.sheet import ScoreSheet
from nasrank.bench.scoring.study_run import Sheets
from nasrank.bench.scoring.truths import ScoredTruth
from nasrank.bench.studies.proxy_study import ProxyStudy

CELLS, SEEDS = 120, 3
FULL = {"channels": 16, "cells_per_stage": 5}
LABELS = ("CIFAR-10", "CIFAR-100")

STUDY = ProxyStudy.model_validate(
    {
        "title": "Proxies <made up>",
        "parts": [
            {"name": "nb201", "space": "nb201", "data": "cifar10", "network": FULL, "truths": dict.fromkeys(LABELS, "")}
            | {"truths": {label: f"table:{label}" for label in LABELS}},
            {"name": "nb101", "space": "nb101", "data": "digits", "network": FULL, "truths": {"CIFAR-10": "table:x"}},
        ],
        "changes": [{"label": "batch 32", "part": "nb201", "cells": 40, "batch": 32}],
    }
)


def _names(count: int) -> tuple[str, ...]:
    return tuple(f"cell {number}" for number in range(count))


def _column(name: str, *, higher: bool = True, missing: dict[str, int] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "label": f"{name} | proxy",
        "reference": "Nobody2026",
        "higher_is_better": higher,
        "revision": 0,
        "seconds": 0.5,
        "missing": missing or {},
    }


def sheet(
    truth: np.ndarray, space: str, data: str, *, batch: int = 64, sign: float = 1.0, noise: float = 1.0
) -> ScoreSheet:
    """Of the first architectures: `nwot` is the truth in noise, `jacov` that times a sign, `params` ignores seeds, and
    `ntk`, of which lower is better, lacks a value of the first architecture.
    """
    generator = np.random.default_rng(len(truth) + batch)
    spread = truth.std()

    def noisy(seeds: int = SEEDS) -> np.ndarray:
        return truth + noise * spread * generator.normal(size=(seeds, len(truth)))

    ntk = -noisy()
    ntk[:, 0] = np.nan
    scores = {
        "nwot": noisy(),
        "jacov": sign * noisy(),
        "params": np.repeat(noisy(1), SEEDS, axis=0),
        "ntk": ntk,
        "epe_nas": noisy(),
        "synflow": noisy(),
    }
    columns = {
        name: _column(name, higher=name != "ntk", missing={"flat": SEEDS} if name == "ntk" else None) for name in scores
    }
    set_up = {"space": space, "data": data, "network": FULL, "batch": batch, "dead_branches": False}
    about = {
        "made_by": "nasrank score",
        "set_up": set_up,
        "words": f"networks of {FULL['channels']} channels, batches of {batch}",
        "cells": str(len(truth)),
        "draw_seed": 0,
        "seeds": SEEDS,
        "classes": len(truth) - 1,
        "columns": columns,
        "versions": {"torch": "2"},
        "machines": ["a processor"],
    }
    return ScoreSheet(about, _names(len(truth)), scores)


def _truth(seed: int, count: int = CELLS, dataset: str = "cifar10") -> ScoredTruth:
    values = np.random.default_rng(seed).normal(90, 2, size=count)
    values[-1] = np.nan
    return ScoredTruth(values, dataset, "table: column", "percent", 0.9, "another", "somebody")


TRUTHS = {
    "nb201": {"CIFAR-10": _truth(0), "CIFAR-100": _truth(1, dataset="cifar100")},
    "nb101": {"CIFAR-10": _truth(2)},
}


def _whole(truth: ScoredTruth) -> np.ndarray:
    return np.where(np.isfinite(truth.values), truth.values, 90.0)


def with_a_small_part() -> tuple[Sheets, dict[str, dict[str, ScoredTruth]]]:
    """The same, and before them a part of 50 architectures of the first space without `synflow`; with truths."""
    first = _whole(TRUTHS["nb201"]["CIFAR-10"])[:50]
    small = sheet(first, "nb201", "cifar10")
    del small.about["columns"]["synflow"]
    few = ScoreSheet(small.about, small.architectures, {name: small.scores[name] for name in small.about["columns"]})
    part = STUDY.parts[0].model_copy(update={"name": "small", "truths": {"CIFAR-10": "table:CIFAR-10"}})
    study = STUDY.model_copy(update={"parts": [part, *STUDY.parts]})
    every = sheets()
    truth = TRUTHS["nb201"]["CIFAR-10"]
    truths = {"small": {"CIFAR-10": replace(truth, values=truth.values[:50])}, **TRUTHS}
    return Sheets(study, {"small": few, **every.parts}, every.changes), truths


def sheets() -> Sheets:
    """Of two spaces, in the second of which `jacov` has the other sign, and of a change."""
    first, second = (_whole(TRUTHS[name]["CIFAR-10"]) for name in ("nb201", "nb101"))
    return Sheets(
        STUDY,
        {
            "nb201": sheet(first, "nb201", "cifar10"),
            "nb101": sheet(second, "nb101", "digits", sign=-1.0),
        },
        (sheet(first[:40], "nb201", "cifar10", batch=32, noise=3.0),),
    )
