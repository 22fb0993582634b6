"""The folder that the report of a study goes to, which may be a folder where others keep something too.

Nothing there is removed or overwritten but what nasrank wrote for this very study: `nasrank.json` says for which study
that was and which files. All that a run or a report writes takes its place in one step.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.devices import kind_of
from nasrank.bench.foundation.files import DataError, is_unfinished, replacing, unfinished
from nasrank.bench.foundation.folders import can_be_exchanged, files_in, move_in, swap_in
from nasrank.bench.foundation.json_files import read_json
from nasrank.bench.foundation.locks import held
from nasrank.bench.runner.arms import rows_of
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.kept_truth import FILE as TRUTH_FILE
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.results import DESIGN_FILE
from nasrank.bench.runner.tasks import Estimate, Trial
from nasrank.bench.studies.earlier import study_of_today
from nasrank.bench.studies.study import Study

RECORD = "nasrank.json"
RESULTS = "results"
REPORT = frozenset(
    {"README.md", "summary.json", "table.csv", "table.md", "table.tex", "index.html"}
    | {
        f"{name}.svg"
        for name in ("before_after", "changes", "guidance", "labels", "training", "derivations", "scatter", "frontier")
    }
)
"""Names of all files that a report may consist of."""

_ONCE = frozenset({"search.csv", "guidance.csv", "labels.csv"})
"""Names of those that reports of earlier versions had, too; what they said is in table.csv."""

_OURS = re.compile(rf"({RESULTS}/)?(?!\.)[^/\\\0]+")
_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}
_NAMED = 10
_CHOOSE = "choose another folder with --out"


@dataclass(frozen=True)
class Written:
    """What nasrank has written to a folder.

    Attributes:
        study: for which study; None when this version cannot read it.
        files: relative paths.
    """

    study: Study | None
    files: frozenset[str]


class Output:
    """A folder to put results and their report into.

    Attributes:
        folder: as it was named; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._place = folder.resolve()  # a symbolic link is written through

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no other run write to the folder during the block.

        Raises:
            HeldError: another one does.
        """
        parent = self._place.parent
        beside = os.access(parent, os.W_OK) or not parent.exists()
        lock = parent / f".{self._place.name}.lock" if beside else self._place / ".lock"
        with held(lock, f"writing to {self.folder}"):
            yield

    def refuse(self, study: Study, *, results: bool, replace: bool = False) -> None:
        """Refuse to write for a study where that would take the place of something else.

        Args:
            results: whether results are to be written, or the report alone.
            replace: whether what nasrank wrote for another study gives way.

        Raises:
            DataError: it names what is in the way, and what to do.
        """
        place = self._place
        if os.path.lexists(place) and not place.is_dir():
            raise DataError(f"{self.folder} is no folder: {_CHOOSE}")
        if results and (place / RESULTS).is_symlink():
            raise DataError(
                f"{self.folder / RESULTS} is a symbolic link, and the results are to take its place: remove it, or "
                f"{_CHOOSE}"
            )
        written = self._written()
        others = sorted(name for name in self._in_the_way(results) if not self._is_file(name, written.files))
        if others:
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            raise DataError(
                f"{self.folder} holds what nasrank did not write there: {', '.join(others[:_NAMED])}{more}. It would "
                f"be lost: {_CHOOSE}, or move it away"
            )
        if written.files and not replace:
            _refuse_another_study(self.folder, written.study, study)

    def holds(self, study: Study) -> bool:
        """Whether nasrank has written here for this very study, with all its rows."""
        written = self._written()
        return written.study is not None and not _differences(written.study, study)

    def put(self, report: Mapping[str, str], study: Study, copy_results: Callable[[Path], None] | None) -> None:
        """Let a report take the place of the one that is there, in one step where the system can do that.

        Everything else in the folder stays. Where one folder cannot take the place of another, the files do, one after
        the other; a kill in between leaves a folder that the next run completes.

        Args:
            report: texts by the name of the file.
            study: for which this is.
            copy_results: writes the results into a folder that does not exist yet; None leaves those there are.
        """
        assert report.keys() <= REPORT, "a name that no earlier run was asked to leave alone"
        known = self._written().files
        before = {name for name in known if self._is_file(name, known)}
        whole = can_be_exchanged(self._place)
        with unfinished(self._place.parent if whole else self._place) as folder:
            new = folder / "new"
            new.mkdir()
            for name, text in report.items():
                (new / name).write_text(text, encoding="utf-8", newline="\n")
            if copy_results:
                copy_results(new / RESULTS)
            written = sorted(files_in(new))
            kept = {name for name in before if name.startswith(f"{RESULTS}/") and not copy_results}
            (new / RECORD).write_text(_record(study, {*written, *kept}), encoding="utf-8", newline="\n")
            gone = before - {*written, *kept, RECORD}
            if not (whole and swap_in(new, self._place, gone)):
                with replacing(self._place / RECORD) as temporary:  # all of them are known for ours until the end
                    temporary.write_text(_record(study, {*written, *before}), encoding="utf-8", newline="\n")
                move_in(new, self._place, [*written, RECORD], gone)

    def _in_the_way(self, results: bool) -> Iterator[str]:
        """What is there under the names of ours; of the folder for results everything."""
        yield from (name for name in (*REPORT, RECORD) if os.path.lexists(self._place / name))
        folder = self._place / RESULTS
        if results and folder.is_dir():
            for path in folder.iterdir():
                if path.name not in _OF_THE_SYSTEM and not is_unfinished(path):
                    yield f"{RESULTS}/{path.name}"
        elif results and folder.exists():
            yield RESULTS

    def _is_file(self, name: str, files: frozenset[str]) -> bool:
        path = self._place / name
        return name in files and path.is_file() and not path.is_symlink()

    def _written(self) -> Written:
        """By the record; folders of versions that kept none are known by the design among their results."""
        with suppress(ValueError, KeyError, TypeError):
            content = read_json(self._place / RECORD)
            files = frozenset(map(str, content["files"]))
            if all(map(_OURS.fullmatch, files)):
                return Written(_study(content["study"]), files | {RECORD})
        with suppress(ValueError):
            design = Design.from_json(read_json(self._place / RESULTS / DESIGN_FILE))
            tasks: list[Trial | Estimate] = [*design.trials, *estimates_of(design)]
            results = {f"{RESULTS}/{task.name}.json" for task in tasks}
            results |= {f"{RESULTS}/{name}" for name in (DESIGN_FILE, TRUTH_FILE)}
            return Written(design.study, REPORT | _ONCE | results)
        return Written(None, frozenset())


def _record(study: Study, files: set[str]) -> str:
    content = {"study": study.model_dump(mode="json"), "files": sorted(files - {RECORD})}
    return json.dumps(content, indent=1) + "\n"


def _study(content: Any) -> Study | None:
    for read in (dict, study_of_today):
        with suppress(ValueError, TypeError):
            return Study.model_validate(read(content))
    return None


def _refuse_another_study(folder: Path, there: Study | None, study: Study) -> None:
    different = ["the version of nasrank"] if there is None else _differences(there, study)
    if different:
        title = f" ({there.title})" if there else ""
        raise DataError(
            f"{folder} holds the results of another study{title}, which differs in {', '.join(different)}: {_CHOOSE}, "
            "or let them go with --replace"
        )


def _differences(there: Study, study: Study) -> list[str]:
    """Sections in which two studies differ, and arms of the first that the second does not have.

    Titles, the analysis, claims and further arms do not make another study.
    """
    exclude = {"title", "strategies", "variants", "analysis", "estimators", "claims"}
    one, other = (each.model_dump(mode="json", exclude=exclude) for each in (there, study))
    devices = [kind_of(each["training"].pop("device")) for each in (one, other)]
    sections = [name for name in one if one[name] != other[name]]
    if sections or devices[0] != devices[1]:
        return sections or ["the device"]
    rows = {name: row.settings for name, row in rows_of(study).items()}
    return [f"the row {name}" for name, row in rows_of(there).items() if rows.get(name) != row.settings]
