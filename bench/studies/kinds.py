"""What a study file is a study of: its first key `kind`, without which it compares super-nets.

The other kinds have grammars and reports of their own. Each has a file in `nasrank.bench.commands.kinds`, which
registers how `nasrank run` runs it.
"""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.foundation.toml_files import read_toml

SUPERNETS = "supernets"
"""The kind of a file that says nothing of it."""


STUDIES = Path(__file__).parent

PAPER = "paper"
"""Folder of the studies with the settings of papers, which take days of a GPU."""


def files_of(kind: str = SUPERNETS) -> list[Path]:
    """The study files of this kind that come with nasrank, by name; without those at paper scale."""
    return [path for path in sorted(STUDIES.glob("*.toml")) if kind_of(path) == kind]


def paper_files() -> list[Path]:
    """The study files at paper scale, by name. All are of super-nets."""
    return sorted((STUDIES / PAPER).glob("*.toml"))


def study_name(path: Path) -> str:
    """What `nasrank run` calls a study by: `paper/rlnas` of one that comes with nasrank, of others the file's name."""
    known = {one.resolve(): one for one in [*STUDIES.glob("*.toml"), *paper_files()]}
    own = known.get(path.resolve())
    return own.relative_to(STUDIES).with_suffix("").as_posix() if own else path.stem


def kind_of(path: Path) -> str:
    """The kind of a study file; ValueError when it is not TOML or its kind is no text."""
    _, content, _ = read_toml(path)
    kind = content.get("kind", SUPERNETS)
    if not isinstance(kind, str):
        raise ValueError(f"{path}: kind is the name of a kind of study, not {kind!r:.80}")
    return kind
