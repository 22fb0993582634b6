"""The sheet of scores: a Parquet file with a row for each architecture and seed, and a column for each proxy.

Values are as measured, and the file says of each column which end of it is better. `nasrank rank` reads all of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from nasrank.bench.foundation.describing import printable
from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.files import DataError, replacing
from nasrank.bench.oracles.imports.formats.score_sheet import ARCHITECTURE, KEY, NOT_MEASURED, SEED, about_scores
from nasrank.bench.scoring.classes import Unit
from nasrank.bench.scoring.setup import SetUp
from nasrank.bench.scoring.store import Measurement, Measurements

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ProxyColumn:
    """What is known of a column of scores.

    Attributes:
        label: how tables call the proxy.
        reference: key of its publication.
        seconds: for an architecture and a seed, mean over what was measured; what proxies share is counted with the
            first of them.
        missing: how many rows have no value, by the reason.
    """

    name: str
    label: str
    reference: str
    higher_is_better: bool
    revision: int
    seconds: float
    missing: Mapping[str, int]


def write_sheet(
    path: Path,
    setup: SetUp,
    architectures: Sequence[Any],
    units: Sequence[Unit],
    seeds: int,
    proxies: Mapping[str, Any],
    store: Measurements,
    settings: Mapping[str, Any],
) -> list[ProxyColumn]:
    """Write the sheet whole or not at all; what is known of its columns.

    Args:
        units: of each architecture, in their order.
        proxies: the classes of estimators by name, in the order of the columns.
        settings: further ones to be told in the file, such as which architectures were asked for.

    Raises:
        KeyError: the store lacks a measurement.
    """
    rows = [(one, unit, seed) for seed in range(seeds) for one, unit in zip(architectures, units, strict=True)]
    columns: dict[str, Any] = {
        ARCHITECTURE: pa.array([str(one) for one, _, _ in rows]),
        SEED: pa.array([seed for _, _, seed in rows], pa.int64()),
    }
    reasons, about = [list[str]() for _ in rows], []
    for name, kind in proxies.items():
        measured = [store.found[unit.key, seed][name] for _, unit, seed in rows]
        columns[name] = pa.array(np.array([one.value for one in measured], dtype=np.float64))
        for one, said in zip(measured, reasons, strict=True):
            if one.reason:
                said.append(f"{name}: {one.reason}")
        about.append(_about(name, kind, measured, [(unit.key, seed) for _, unit, seed in rows]))
    columns[NOT_MEASURED] = pa.array(["; ".join(said) or None for said in reasons], pa.string())
    content = {
        "made_by": "nasrank score",
        "set_up": setup.described(),
        "words": setup.words,
        **settings,
        "seeds": seeds,
        "classes": len({unit.key for unit in units}),
        "columns": {one.name: {**vars(one), "missing": dict(one.missing)} for one in about},
        "versions": environment(),
        "machines": _machines(store, rows, proxies),
    }
    put_sheet(path, columns, content)
    return about


def put_sheet(path: Path, columns: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Write these columns and what is told of them, whole or not at all."""
    table = pa.table(dict(columns)).replace_schema_metadata({KEY: json.dumps(about, allow_nan=False)})
    with replacing(path) as temporary:
        pa.parquet.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def _about(name: str, kind: Any, measured: Sequence[Measurement], keys: Sequence[tuple[str, int]]) -> ProxyColumn:
    each = dict(zip(keys, (one.seconds for one in measured), strict=True))  # once for each class
    missing = Counter(one.reason for one in measured if one.reason)
    seconds = sum(each.values()) / len(each)
    return ProxyColumn(
        name,
        kind.label,
        kind.reference,
        bool(kind.higher_is_better),
        kind.revision,
        seconds,
        dict(sorted(missing.items())),
    )


def _machines(store: Measurements, rows: Sequence[tuple[Any, Unit, int]], proxies: Mapping[str, Any]) -> list[str]:
    return sorted({store.found[unit.key, seed][name].machine for _, unit, seed in rows for name in proxies})


@dataclass(frozen=True, eq=False)
class ScoreSheet:
    """A sheet that was read.

    Attributes:
        about: all that the file says of itself, as plain values.
        architectures: as texts, `(n,)`, in the order of the file, each once.
        scores: by name of the proxy, as measured, `(seeds, n)`, NaN where there is no value.
    """

    about: Mapping[str, Any]
    architectures: tuple[str, ...]
    scores: Mapping[str, FloatArray]

    @property
    def columns(self) -> dict[str, ProxyColumn]:
        """What is known of each column, by name."""
        return {name: ProxyColumn(**content) for name, content in self.about["columns"].items()}


def read_scores(path: Path) -> ScoreSheet:
    """Read a sheet that `nasrank score` wrote.

    Raises:
        DataError: it is missing, malformed, or no such sheet.
    """
    about = about_scores(path)
    if about is None:
        raise DataError(f"{path} is no sheet of scores that nasrank score wrote")
    try:
        table = pa.parquet.read_table(path, page_checksum_verification=True)
        seeds, names = int(about["seeds"]), list(about["columns"])
        texts = table[ARCHITECTURE].to_pylist()
        count = len(texts) // seeds
        expected = np.repeat(np.arange(seeds), count)
        if texts != texts[:count] * seeds or not np.array_equal(table[SEED].to_numpy(), expected):
            raise ValueError("its rows are not the same architectures seed after seed")
        scores = {name: table[name].to_numpy().astype(np.float64).reshape(seeds, count) for name in names}
    except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as reason:
        raise DataError(f"{path} is truncated, altered or malformed: {printable(reason)}") from reason
    return ScoreSheet(about, tuple(texts[:count]), scores)
