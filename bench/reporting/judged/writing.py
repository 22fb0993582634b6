"""The files of a rank report, each whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

from nasrank.bench.foundation.files import replacing
from nasrank.bench.judging import RankReport
from nasrank.bench.reporting.judged import forest, ranks
from nasrank.bench.reporting.judged.page import markdown_page, page

FILES = ("summary.json", "table.csv", "table.md", "index.html", "tau.svg", "ranks.svg")
"""The last only for few columns."""


def write(report: RankReport, folder: Path) -> None:
    """Write the report's files; what else is in the folder stays.

    Raises:
        ValueError: a file of such a name is there that no rank report wrote, before anything is written.
    """
    _refuse_others(folder)
    drawn = {"tau": forest.draw(report), "ranks": ranks.draw(report)}
    figures = {name: _smaller(text) for name, text in drawn.items() if text is not None}
    texts = {
        "summary.json": report.to_json(),
        "table.csv": report.to_csv(),
        "table.md": markdown_page(report),
        "index.html": page(report, figures),
        **{f"{name}.svg": text for name, text in figures.items()},
    }
    for name in FILES:
        if name not in texts:  # of an earlier report
            (folder / name).unlink(missing_ok=True)
            continue
        with replacing(folder / name) as temporary:
            temporary.write_text(texts[name], encoding="utf-8", newline="\n")


def _smaller(svg: str) -> str:
    """Without indentation, and with short names of the outlines of letters: a quarter fewer bytes."""
    return re.sub(r"\n +", "\n", svg).replace("DejaVuSans-Bold-", "b").replace("DejaVuSans-", "n")


def _refuse_others(folder: Path) -> None:
    if not any((folder / name).exists() for name in FILES):
        return
    try:
        start = (folder / FILES[0]).read_bytes()[:64]
    except OSError:
        start = b""
    if b'"kind": "rank report"' not in start:
        raise ValueError(f"{folder} holds the report of something else: name another folder with --out")
