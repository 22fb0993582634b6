"""README.md of a folder of reports: what came out, in a minute; each sentence is made of the reports' own frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.foundation.files import DataError
from nasrank.bench.ranking.stopping import Why
from nasrank.bench.reporting.kinds import kind_of_report
from nasrank.bench.reporting.prose import Paragraph, answer, paragraphs_of, text_of
from nasrank.bench.reporting.say import Say, together
from nasrank.bench.studies.compared import RIDGE


@dataclass(frozen=True)
class Study:
    """A report in the folder."""

    name: str
    summary: Summary

    @property
    def say(self) -> Say:
        """What sentences ask of it."""
        return Say(self.summary)

    @property
    def answer(self) -> str:
        """Its one sentence."""
        return answer(self.summary)

    @property
    def command(self) -> str:
        """What makes it from nothing; up to the look that it was taken to, where some rows would go on."""
        rows = self.summary.header.get("sequential", {}).get("rows", {}).values()
        looks = [f"--looks {row['look']}" for row in rows if row["why"] == Why.GOES_ON]
        return " ".join([f"nasrank run {self.name}", *looks[:1]])


def studies_in(folder: Path) -> dict[str, Study]:
    """Every report below a folder, by the name of its own.

    Raises:
        DataError: there is none, or one is of another version.
    """
    found = {}
    for path in sorted(folder.glob("*/summary.json")):
        if (path.parent / "table.csv").is_file() and kind_of_report(path.read_text(encoding="utf-8")) is None:
            found[path.parent.name] = Study(path.parent.name, summary_in(path.parent))
    if not found and not others_in(folder):
        raise DataError(f"{folder} holds no reports: each is a folder with summary.json and table.csv")
    return found


class Other(NamedTuple):
    """A report of another kind: its one sentence, and what makes it from nothing."""

    answer: str
    command: str


def others_in(folder: Path) -> dict[str, Other]:
    """Every report of another kind below a folder, by the name of its own.

    Raises:
        DataError: one is of another version.
    """
    found = {}
    for path in sorted(folder.glob("*/summary.json")):
        text = path.read_text(encoding="utf-8")
        if (kind := kind_of_report(text)) is not None:
            try:
                found[path.parent.name] = Other(kind.answer(text), kind.command(path.parent.name, text))
            except ValueError as error:
                raise DataError(f"{path.parent} holds no report of this version: {error}") from None
    return found


def summary_in(folder: Path) -> Summary:
    """The report of super-nets in a folder.

    Raises:
        DataError: there is none, or one of another kind or version.
    """
    for name in ("summary.json", "table.csv"):
        if not (folder / name).is_file():
            raise DataError(f"{folder} holds no report: there is no {name} in it")
    if (kind := kind_of_report((folder / "summary.json").read_text(encoding="utf-8"))) is not None:
        raise DataError(f"{folder} holds a report of the kind {kind.name!r}, and none of super-nets")
    texts = ((folder / name).read_text(encoding="utf-8") for name in ("summary.json", "table.csv"))
    try:
        return Summary.from_texts(*texts)
    except ValueError as error:
        raise DataError(
            f"{folder} holds no report of this version: {error}; 'nasrank report {folder}' makes it anew"
        ) from None


def findings(studies: dict[str, Study]) -> list[Paragraph]:
    """What the reports say together, a lead and a sentence or two each; without those whose studies are not there."""
    margins = [study.say.margins(RIDGE) for study in studies.values()]
    return paragraphs_of("overview.j2", studies=studies, margins=together(margins))


def overview(studies: dict[str, Study], others: Mapping[str, Other] | None = None) -> str:
    """The file's content.

    Args:
        others: reports of other kinds, see `others_in`.
    """
    return text_of("overview.md.j2", studies=studies, others=others or {}, findings=findings(studies))
