"""Invented files in the form of NDS's and NAS-Bench-301's networks of the DARTS space."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from nasrank.spaces import get_space
from nasrank.spaces.darts.genotype import EDGES, KINDS, NODES, NONE, OPERATIONS

SPACE = get_space("darts")
EPOCHS = 5


def some(count: int, seed: int = 0) -> list[Any]:
    return SPACE.sample(np.random.default_rng(seed), count)


def fields(architecture: Any) -> dict[str, Any]:
    """A genotype as JSON has it."""
    found: dict[str, Any] = {}
    for kind, cell in zip(KINDS, architecture.cells, strict=True):
        found[kind] = [[OPERATIONS[operation], source] for operation, source, _ in cell.edges]
        found[f"{kind}_concat"] = list(NODES)
    return found


def nds_network(architecture: Any, number: int, **changes: Any) -> dict[str, Any]:
    """One network, of errors that fall."""
    generator = np.random.default_rng(number)
    errors = sorted(generator.uniform(4, 60, EPOCHS).round(2).tolist(), reverse=True)
    return {
        "job_id": number,
        "rng_seed": 1,
        "params": 100_000.0 + number,
        "flops": 20_000_000.0 + number,
        "net": {"genotype": fields(architecture), "width": 16 + number, "depth": 4 + number, "aux": True},
        "train_it_loss": generator.uniform(0, 3, 10).tolist(),
        "test_ep_top1": errors,
        "min_test_top1": errors[-1],
    } | changes


def write_nds(path: Path, count: int = 12) -> Path:
    path.write_text(json.dumps([nds_network(one, number) for number, one in enumerate(some(count))]))
    return path


def configuration(architecture: Any) -> dict[str, Any]:
    """An architecture as NAS-Bench-301's records have it."""
    prefix = "NetworkSelectorDatasetInfo:darts:"
    found: dict[str, Any] = {f"{prefix}init_channels": 32, f"{prefix}layers": 8, "OptimizerSelector:optimizer": "sgd"}
    for kind, cell in zip(KINDS, architecture.cells, strict=True):
        for number, choice in enumerate(cell.choices):
            if choice != NONE:
                found[f"{prefix}edge_{kind}_{number}"] = OPERATIONS[choice]
        for node in NODES[1:]:
            sources = [source for _, source, target in cell.edges if target == node]
            found[f"{prefix}inputs_node_{kind}_{node}"] = "_".join(map(str, sources))
    return found


def nb301_record(architecture: Any, number: int, **changes: Any) -> dict[str, Any]:
    generator = np.random.default_rng(number)
    curve = np.sort(generator.uniform(30, 95, EPOCHS)).tolist()
    return {
        "optimized_hyperparamater_config": configuration(architecture),
        "budget": float(EPOCHS),
        "info": [{"val_accuracy": curve[-1], "train_accuracy_final": 99.0, "model_parameters": 1_000_000.0 + number}],
        "test_accuracy": float(generator.uniform(30, 95)),
        "runtime": 100.5 + number,
        "learning_curves": {"Train/val_accuracy": curve},
    } | changes


def write_record(folder: Path, number: int, record: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"results_{number}.json"
    path.write_text(json.dumps(record))
    return path


def write_nb301(folder: Path, count: int = 12, *, flat: bool = False) -> Path:
    """A folder for each searcher that found them, and other files."""
    for number, one in enumerate(some(count)):
        write_record(folder if flat else folder / ("rs" if number % 2 else "de"), number, nb301_record(one, number))
    if not flat:
        (folder / "configspace.json").write_text("{}")
    return folder


assert EDGES[11] == (2, 5)
