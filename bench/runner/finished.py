"""What the folder of a finished run says of it, read without what reports and results are made with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nasrank.bench.execution.looking_on.run_status import RunStatus, State, Unsuccessful
from nasrank.bench.foundation.json_files import read_json

_PAGE, _SUMMARY, _RECORD = "index.html", "summary.json", "nasrank.json"
_TABLES = (".arrow", ".parquet")


def finished_run(place: Path) -> RunStatus | None:
    """How the run has ended whose report is this folder, or whose table this file; None where there is none.

    Trials that failed are named where the report is of a study of super-nets, whose results lie beside it.

    Raises:
        ValueError: a file in the folder is damaged.
    """
    if place.is_file() and place.suffix in _TABLES:
        return RunStatus(State.FINISHED, doing=f"what it wrote is {place}")
    if not (place / _PAGE).is_file() or not (place / _SUMMARY).is_file():
        return None
    done = RunStatus(State.FINISHED, doing=f"the report is {place / _PAGE}")
    trials = _trials(place)
    if not trials:
        return done
    failed = tuple(Unsuccessful(one["trial"], one["failure"]) for one in trials if one.get("failure"))
    return RunStatus(
        State.FINISHED, doing=done.doing, what="all trials", total=len(trials), finished=len(trials), failed=failed
    )


def _trials(folder: Path) -> list[dict[str, Any]]:
    """Results of the trials of a report's folder, as stored."""
    if not (folder / _RECORD).is_file():
        return []
    files = [folder / name for name in read_json(folder / _RECORD)["files"] if name.endswith(".json")]
    contents = [read_json(file) for file in files if file.is_file()]
    return [content for content in contents if isinstance(content, dict) and "trial" in content]
