"""Reports that are not of super-nets: what they are, and what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nasrank.bench.foundation.json_files import read_json

OTHER_REPORTS: Mapping[str, str] = {
    "across": "a report over several studies",
    "gradients": "a study of gradients before training",
    "label study": "a study of what labels are worth",
    "live search": "a study of searches by training",
    "proxy report": "a study of zero-cost proxies",
    "rank report": "a rank report",
    "search study": "a study of searchers",
    "tables": "a study of tables",
}
"""Reports that are not of super-nets, in words, by the `kind` in their summary.json."""


def other_report(folder: Path) -> str:
    """What a folder holds a report of, and what reads it, where that is no study of super-nets; else an empty text.

    Args:
        folder: of the report, or of its results.
    """
    report = folder.parent if folder.name == "results" and not (folder / "summary.json").exists() else folder
    try:
        content = read_json(report / "summary.json")
    except ValueError:
        return ""
    kind = content.get("kind") if isinstance(content, dict) else None
    if not isinstance(kind, str):
        return ""
    words = OTHER_REPORTS.get(kind, f"a report of the kind {kind!r:.80}")
    results = [one.name for one in (report / "results").glob("*.parquet")]
    named = results[0] if len(results) == 1 else "*.parquet, each by itself"
    more = f", and pandas.read_parquet the results in results/{named}" if results else ""
    return f"{report} holds {words}: pandas.read_csv reads the numbers in its table.csv{more}"
