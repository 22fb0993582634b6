"""What a column of somebody's scores is, by its name, and which end of it is better.

A name is split into words at everything that is no letter or digit, so that `val_loss` and `val-loss` are alike. What
was recognised is always said, and can be said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from nasrank.bench.foundation.describing import listed, printable

_ARCHITECTURES = (
    ("architecture", "architectures", "arch", "archs", "arch str", "arch string", "genotype", "cell", "network"),
    ("module hash", "hash", "arch hash", "key"),
    ("index", "idx", "arch index", "arch idx", "position", "official index", "architecture index", "id", "arch id"),
)
"""The first group of which there is a column names the architectures."""

_SEEDS = ("seed", "run", "trial", "repetition")

_LOWER = frozenset({"loss", "losses", "error", "err", "perplexity", "ppl", "nll", "entropy", "mse", "mae", "rmse"})


@dataclass(frozen=True)
class Direction:
    """Which end of a column is better.

    Attributes:
        higher_is_better: or else lower is.
        source: "given", "as its file says", "recognised by its name" or "by default".
    """

    higher_is_better: bool
    source: str

    @property
    def words(self) -> str:
        return f"{'higher' if self.higher_is_better else 'lower'} is better ({self.source})"


def option(keyword: str) -> str:
    """How one says by name which column is what, in Python and on the command line, which share their messages."""
    return f'{keyword}="COLUMN" (--{keyword} COLUMN)'


def words_of(name: str) -> str:
    """The words of a name in lower case, with spaces between them."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[a-z0-9]+", split.lower()))


def architecture_column(names: Iterable[str]) -> str:
    """The column whose name says that it holds the architectures; ValueError when none does, or several do alike."""
    names = list(names)
    for group in _ARCHITECTURES:
        found = [name for name in names if words_of(name) in group]
        if len(found) > 1:
            raise ValueError(
                f"{listed(found)} may all name the architectures: say which with {option('architectures')}"
            )
        if found:
            return found[0]
    raise ValueError(
        f"no column is called like architectures: say which with {option('architectures')}, of {listed(names)}"
    )


def names_architectures(name: str) -> bool:
    """Whether a column of this name says which architecture it is, and is no score."""
    return any(words_of(name) in group for group in _ARCHITECTURES)


def is_row_number(name: str) -> bool:
    """Whether a column of this name is what data frames write of themselves: they give the number of a row no name."""
    return not name.strip() or re.fullmatch(r"Unnamed: \d+", name) is not None


def is_official_index(name: str) -> bool:
    """Whether a column is called like the benchmark's own numbers of architectures."""
    return words_of(name) == "official index"


def may_hold_numbers(name: str) -> bool:
    """Whether what names architectures in a column of this name may be numbers; else texts stay texts."""
    return words_of(name) in _ARCHITECTURES[-1]


def seed_column(names: Iterable[str]) -> str | None:
    """The one column whose name says that it holds seeds or runs; None where there is none."""
    found = [name for name in names if words_of(name) in _SEEDS]
    if len(found) > 1:
        raise ValueError(f"{listed(found)} may all name the seed: say which with {option('seed')}")
    return found[0] if found else None


def directions(
    names: Collection[str],
    *,
    lower: Collection[str] = (),
    higher: Collection[str] = (),
    told: Mapping[str, bool] | None = None,
) -> dict[str, Direction]:
    """Which end of each of these columns is better: as given, else as their file says, else by its name, else higher.

    Args:
        told: whether higher is better, of columns of which the file says it.

    Raises:
        ValueError: a column is given both ends, or there is no such column.
    """
    for name in [*lower, *higher]:
        if name not in names:
            raise ValueError(f"there is no score {printable(name)!r} to give a direction to; there are {listed(names)}")
    if both := sorted(set(lower) & set(higher)):
        raise ValueError(f"of {listed(both)} both lower and higher are said to be better")
    found = {}
    for name in names:
        if name in lower or name in higher:
            found[name] = Direction(name in higher, "given")
        elif told and name in told:
            found[name] = Direction(told[name], "as its file says")
        elif _LOWER & set(words_of(name).split()):
            found[name] = Direction(False, "recognised by its name")
        else:
            found[name] = Direction(True, "by default")
    return found
