"""Reports on zero-cost proxies among all reports."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.proxies_summary import KIND, ProxySummary
from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind


def _answer(text: str) -> str:
    from nasrank.bench.reporting.proxies.writing import answer

    return answer(ProxySummary.from_text(text))


def _texts(text: str) -> Mapping[str, str]:
    from nasrank.bench.reporting.proxies.writing import texts_of

    return texts_of(ProxySummary.from_text(text))


REPORT_KINDS.register(ReportKind(KIND, _answer, _texts))
