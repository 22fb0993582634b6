"""All that a run does with its output, and what lies there afterwards."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.foundation import folders
from nasrank.bench.runner.output import Output
from nasrank.bench.studies.study import Study

OLD = {"table.md": "old table", "README.md": "old page", "derivations.svg": "old figure"}
NEW = {"table.md": "new table", "README.md": "new page", "labels.svg": "new labels"}


def copier(*trials: str, words: str = ""):
    """Writes results of these trials."""

    def copy(folder: Path) -> None:
        folder.mkdir()
        for name in ("design", *trials):
            (folder / f"{name}.json").write_text(f"{name} {words}")

    return copy


def put(out: Path, study: Study, report: dict[str, str] = OLD, copy=None, *, replace: bool = False) -> None:
    """All that a run does with its output."""
    output = Output(out)
    with output.held():
        output.refuse(study, results=True, replace=replace)
        output.put(report, study, copy or copier("a", "b", words="old"))


def contents(folder: Path) -> dict[str, str]:
    """Of all that is no folder, by its path."""
    found = {name: folder / name for name in folders.files_in(folder)}
    return {name: f"-> {path.readlink()}" if path.is_symlink() else path.read_text() for name, path in found.items()}
