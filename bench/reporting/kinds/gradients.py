"""Reports on gradients before training among all reports."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.gradient_summary import KIND, GradientSummary
from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind


def _answer(text: str) -> str:
    from nasrank.bench.reporting.gradient_studies.report import answer

    return answer(GradientSummary.from_text(text))


def _texts(text: str) -> Mapping[str, str]:
    from nasrank.bench.reporting.gradient_studies.report import report_texts

    return report_texts(GradientSummary.from_text(text))


REPORT_KINDS.register(ReportKind(KIND, _answer, _texts))
