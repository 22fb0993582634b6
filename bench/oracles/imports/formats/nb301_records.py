"""NAS-Bench-301's training data: a folder of `results_*.json`, one a trained network of the DARTS space [Zela2022].

A record's configuration has, for each cell, the operations on those of the 14 edges that are there, by the number of
the edge, and the sources of nodes 3 to 5. Networks of one architecture may be there several times; the records do not
number these repeats, and their place, in the order of paths, stands for the seed. This is the data that the benchmark's
surrogates were fitted to, and not what they predict.

References:
    [Zela2022] Zela et al., "Surrogate NAS Benchmarks: Going Beyond the Limited Search Spaces of Tabular NAS
        Benchmarks", ICLR 2022.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import parse
from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.darts_runs import SPACE, Run, columns_of, count, entry, percentage
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.spaces.darts.genotype import EDGES, INPUTS, KINDS, NODES, NONE, Genotype, from_choices, operation_named

CONFIGURATION = "optimized_hyperparamater_config"
"""Spelled as it is in the records."""

_DARTS = "NetworkSelectorDatasetInfo:darts:"
_PATTERN = "results*.json"
_MOST_BYTES = 2**24
_MOST_SECONDS = 1e9
_LOOKED_AT = 3
_CURVE = "Train/val_accuracy"
_VALID, _TEST = ("accuracy", Split.VALID_40K_301), ("accuracy", Split.TEST_40K_301)


@dataclass(frozen=True)
class Size:
    """Of all networks of a table, which is one."""

    channels: int
    cells: int


def recognises(source: Path) -> bool:
    """Whether one of the first few records in a folder, or in the folders in it, has a configuration."""
    if not source.is_dir():
        return False
    for path in islice(source.rglob(_PATTERN), _LOOKED_AT):
        if path.is_file() and path.stat().st_size <= _MOST_BYTES and CONFIGURATION.encode() in path.read_bytes():
            return True
    return False


def files(folder: Path) -> list[Path]:
    """The records; whatever else is in the folder is none.

    Raises:
        DataError: a folder, or a link to nothing, has the name of one.
    """
    found = sorted(folder.rglob(_PATTERN))
    for path in found:
        if not path.is_file():
            raise DataError(f"{path} is not a file")
    return found


def read(source: Path, workshop: Workshop) -> Draft:
    """All records in the folder.

    Raises:
        DataError: one is truncated or malformed, or their networks are of different sizes; says which.
    """
    paths, runs, sizes = files(source), list[Run](), dict[Size, Path]()
    repeats = Counter[tuple[Genotype, int]]()
    for number, path in enumerate(paths):
        run, size = _record(path)
        sizes.setdefault(size, path)
        if len(sizes) > 1:
            (one, first), (other, second) = sizes.items()
            raise DataError(f"{first} and {second} are of networks of different sizes: {one} and {other}")
        runs.append(replace(run, seed=repeats[run.architecture, run.epochs]))
        repeats[run.architecture, run.epochs] += 1
        workshop.report(number + 1, len(paths))
    if not runs:
        raise DataError(f"{source} has no records {_PATTERN}")
    if not all(run.curves for run in runs):
        runs = [replace(run, curves={}) for run in runs]
    columns, keys = columns_of(runs, workshop)
    size = next(iter(sizes))
    return Draft(
        space=SPACE,
        columns=columns,
        protocol=(
            "CIFAR-10 split into 40,000 training, 10,000 validation and 10,000 test images; networks of "
            f"{size.channels} channels and {size.cells} cells, trained as the records' configurations say; seeds 0, 1, "
            "... are places of an architecture's records in the order of paths"
        ),
        citation=(
            "Zela, Siems, Zimmer, Lukasik, Keuper & Hutter, Surrogate NAS Benchmarks: Going Beyond the Limited Search "
            "Spaces of Tabular NAS Benchmarks, ICLR 2022"
        ),
        licence="see the publisher's page of the data; the files state none",
        keys=keys,
    )


def _record(path: Path) -> tuple[Run, Size]:
    """A run without a seed, and the size of its network."""
    where = str(path)
    if path.stat().st_size > _MOST_BYTES:
        raise DataError(f"{where} is larger than {_MOST_BYTES:,} bytes")
    try:
        record = parse(path.read_text(encoding="utf-8"))
    except ValueError as reason:
        raise DataError(f"{where} is truncated, altered or malformed: {reason}") from None
    configuration = entry(record, CONFIGURATION, where)
    infos = entry(record, "info", where)
    info = infos[0] if isinstance(infos, list) and infos else None
    epochs = count(entry(record, "budget", where), f"{where}: budget")
    if epochs < 1:
        raise DataError(f"{where}: budget is {epochs}, and no number of epochs")
    results = {
        _VALID: percentage(entry(info, "val_accuracy", f"{where}: info"), f"{where}: val_accuracy"),
        _TEST: percentage(entry(record, "test_accuracy", where), f"{where}: test_accuracy"),
        ("training_time", Split.TRAIN_40K_301): _seconds(entry(record, "runtime", where), where),
    }
    run = Run(
        where=where,
        architecture=genotype_of(configuration, where),
        seed=0,
        epochs=epochs,
        network={"parameters": count(entry(info, "model_parameters", f"{where}: info"), f"{where}: model_parameters")},
        results=results,
        curves=_curves(record, epochs, results[_VALID], where),
    )
    channels, cells = (
        count(entry(configuration, f"{_DARTS}{name}", where), f"{where}: {name}")
        for name in ("init_channels", "layers")
    )
    return run, Size(channels, cells)


def genotype_of(configuration: Any, where: str) -> Genotype:
    """The architecture of a configuration; DataError where it has none."""
    choices: list[int] = []
    for kind in KINDS:
        sources = {NODES[0]: set(range(INPUTS))}
        for node in NODES[1:]:
            name = f"inputs_node_{kind}_{node}"
            text = entry(configuration, f"{_DARTS}{name}", where)
            parts = text.split("_") if isinstance(text, str) else []
            if len(parts) != INPUTS or not all(part.isdecimal() and len(part) < 3 for part in parts):
                raise DataError(f"{where}: {name} is {text!r:.60}, and not two sources such as 0_2")
            sources[node] = set(map(int, parts))
        for number, (source, node) in enumerate(EDGES):
            name = f"edge_{kind}_{number}"
            operation = configuration.get(f"{_DARTS}{name}")
            if (operation is not None) != (source in sources[node]):
                raise DataError(
                    f"{where}: {name} is {operation!r:.40}, and the sources of node {node} are {sorted(sources[node])}"
                )
            choices.append(NONE if operation is None else _operation(operation, f"{where}: {name}"))
    try:
        return from_choices(choices)
    except ValueError as reason:
        raise DataError(f"{where}: {reason}") from None


def _operation(name: Any, where: str) -> int:
    try:
        return operation_named(str(name), where)
    except ValueError as reason:
        raise DataError(str(reason)) from None


def _curves(record: Mapping[str, Any], epochs: int, end: float, where: str) -> dict[tuple[str, Split], list[float]]:
    """The validation accuracy after each epoch, where there is a number for each and the last one is the result.

    A table has curves where every record has one.
    """
    values = (record.get("learning_curves") or {}).get(_CURVE) if isinstance(record, dict) else None
    if not isinstance(values, list) or len(values) != epochs:
        return {}
    curve = [percentage(value, f"{where}: {_CURVE}") for value in values]
    return {_VALID: [*curve[:-1], end]} if math.isclose(curve[-1], end, abs_tol=1e-9) else {}


def _seconds(value: Any, where: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_SECONDS:
        raise DataError(f"{where}: runtime is {value!r:.60}, and no number of seconds")
    return float(value)


FORMAT = FORMATS.register(
    Format(
        name="nas-bench-301",
        version=1,
        words="NAS-Bench-301's training data (a folder of results_*.json)",
        recognises=recognises,
        read=read,
        files=files,
    )
)
