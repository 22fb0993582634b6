"""Reports on what labels are worth among all reports."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.label_summary import KIND, LabelSummary
from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind


def _answer(text: str) -> str:
    from nasrank.bench.reporting.labels.report import answer

    return answer(LabelSummary.from_text(text))


def _texts(text: str) -> Mapping[str, str]:
    from nasrank.bench.reporting.labels.report import report_texts

    return report_texts(LabelSummary.from_text(text))


REPORT_KINDS.register(ReportKind(KIND, _answer, _texts))
