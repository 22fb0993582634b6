"""Reports over several studies among all reports."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.across import KIND, Across
from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind


def _answer(text: str) -> str:
    from nasrank.bench.reporting.across.report import answer

    return answer(Across.from_text(text))


def _texts(text: str) -> Mapping[str, str]:
    from nasrank.bench.reporting.across.report import report_texts

    return report_texts(Across.from_text(text))


def _command(name: str, text: str) -> str:
    studies = " ".join(f"runs/{study.name}" for study in Across.from_text(text).studies)
    return f"nasrank across {studies} --out runs/{name}"


REPORT_KINDS.register(ReportKind(KIND, _answer, _texts, _command))
