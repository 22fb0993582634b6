"""What a study file is a study of: its first key `kind`, without which it compares super-nets.

The other kinds have grammars and reports of their own. Each has a file in `nasrank.bench.commands.kinds`, which
registers how `nasrank run` runs it.
"""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.foundation.toml_files import read_toml

SUPERNETS = "supernets"
"""The kind of a file that says nothing of it."""


def files_of(kind: str = SUPERNETS) -> list[Path]:
    """The study files of this kind that come with nasrank, by name."""
    return [path for path in sorted(Path(__file__).parent.glob("*.toml")) if kind_of(path) == kind]


def kind_of(path: Path) -> str:
    """The kind of a study file; ValueError when it is not TOML or its kind is no text."""
    _, content, _ = read_toml(path)
    kind = content.get("kind", SUPERNETS)
    if not isinstance(kind, str):
        raise ValueError(f"{path}: kind is the name of a kind of study, not {kind!r:.80}")
    return kind
