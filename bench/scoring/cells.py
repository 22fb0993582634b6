"""Which architectures are scored: so many at random, all of a space, those of a file, or the pool of a study's results.

Random ones are the beginning of one order of the whole space, so that any number of them is a uniform sample and a
larger one contains it: what was measured for 1,000 serves for 5,000.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.oracles.imports.formats.sheet import SUFFIXES, columns_in, read_sheet
from nasrank.bench.runner.results import load_results
from nasrank.spaces import Enumerated, SearchSpace, get_enumerated, get_space

ALL = "all"

_NAMES = ("architecture", "architectures", "arch", "cell", "genotype", "arch_str")
"""Of the column of a file that is read, the first that is there."""

_ORDER = "score"


def chosen(space_name: str, cells: str, draw_seed: int = 0) -> list[Any]:
    """The architectures that a text asks for, each once, in a fixed order.

    Args:
        cells: how many at random, `all`, the path of a file that names architectures, or that of a study's results.
        draw_seed: of the random order.

    Raises:
        ValueError: there are not so many, or no such file; or a line of it names no architecture.
    """
    space = get_space(space_name)
    if cells == ALL:
        every = get_enumerated(space_name)
        every.refuse_listing()
        return list(every)
    if cells.isdecimal():
        return _random(space, int(cells), draw_seed)
    path = Path(cells)
    if path.is_dir():
        return _pool_of(space, path)
    if not path.is_file():
        raise DataError(f"{cells!r} is neither a number of architectures, nor {ALL!r}, nor a file or folder")
    return list(dict.fromkeys(_parsed(space, path, place, text) for place, text in enumerate(_texts(path), start=1)))


def _random(space: SearchSpace[Any], count: int, draw_seed: int) -> list[Any]:
    if count < 1:
        raise ValueError(f"at least 1 architecture is needed, not {count}")
    stream = generator(draw_seed, Purpose.TABULATED_ORDER, _ORDER)
    if not isinstance(space, Enumerated) or not space.listable:
        return space.sample(stream, count)
    if count > len(space):
        raise ValueError(f"{space.name} has {len(space):,} architectures, not {count:,}")
    return [space.at(int(position)) for position in stream.permutation(len(space))[:count]]


def _pool_of(space: SearchSpace[Any], folder: Path) -> list[Any]:
    design = load_results(folder).design
    if design.space.name != space.name:
        raise ValueError(f"{folder} holds results of {design.space.name}, not of {space.name}")
    return list(dict.fromkeys(design.ranked))


def _texts(path: Path) -> list[str]:
    if not path.name.endswith(SUFFIXES):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line and not line.startswith("#")]
    names = columns_in(path)
    column = next((name for name in _NAMES if name in names), None)
    if column is None:
        raise DataError(f"{path} has no column called architecture; it has {', '.join(names)}")
    return [str(text) for text in read_sheet(path, needed={column}, texts={column})[column].to_pylist()]


def _parsed(space: SearchSpace[Any], path: Path, place: int, text: str) -> Any:
    try:
        return space.parse(text)
    except ValueError as reason:
        raise DataError(f"{path}: architecture {place} is none of {space.name}: {reason}") from reason
