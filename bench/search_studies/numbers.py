"""Numbers of architectures from files: proxies that `nasrank score` wrote, and columns of anybody's sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasrank.bench.foundation.files import DataError, find_data, sha256_of
from nasrank.bench.label_studies.proxies import ScoreFile
from nasrank.bench.oracles.imports.formats.sheet import read_sheet
from nasrank.bench.search_studies.values import FileSection, ProxySection
from nasrank.spaces import Enumerated
from nasrank.spaces.integers import IntArray

FloatArray = npt.NDArray[np.float64]

HINT = "A relative path is looked for where the command is given, then in that folder."


def proxy_of_file(section: ProxySection, space: Enumerated[Any], architectures: list[Any]) -> tuple[FloatArray, str]:
    """Scores of architectures `(n,)`, NaN where there is none, and the checksum of the file.

    Raises:
        ValueError: there is no such file or proxy; as `DataError`: it is of another space, or damaged.
    """
    scores = ScoreFile.read(Path(section.file), space)
    (values,) = scores.feature("proxy", section.name, architectures).values()
    if section.logarithm:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(values > 0, np.log10(values), np.nan)
    return values, scores.checksum


def column_of_file(
    section: FileSection, space: Enumerated[Any], data_root: Path | None
) -> tuple[IntArray, FloatArray, str]:
    """Positions of architectures and the number of each `(n,)`, NaN where that is missing, and a checksum of the file.

    Raises:
        DataError: there is no such file or column, a row names no architecture, or the column holds no numbers.
    """
    path = Path(section.file)
    path = path if path.exists() or path.is_absolute() else find_data(section.file, data_root, advice=HINT)
    columns = {section.column, section.architectures}
    sheet = read_sheet(path, needed=columns, texts={section.architectures})
    positions = space.positions_of_texts(sheet.column(section.architectures).to_pylist())
    if (positions < 0).any():
        raise DataError(f"{path}: row {int(np.argmax(positions < 0)) + 1} names no architecture of {space.name}")
    numbers = sheet.column(section.column)
    if not (pa.types.is_integer(numbers.type) or pa.types.is_floating(numbers.type)):
        raise DataError(f"{path}: {section.column} is no column of numbers")
    found = numbers.to_numpy().astype(np.float64)
    if section.missing is not None:
        found = np.where(found == section.missing, np.nan, found)
    return positions, found, sha256_of(path)[:16]
