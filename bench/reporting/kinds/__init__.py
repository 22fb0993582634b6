"""Reports that are no comparisons of super-nets, one file a kind: what the page over all reports says of each.

A file here registers a `ReportKind` under what its reports have as the `kind` of their summary.json.
"""

from __future__ import annotations

from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind, kind_of_report

__all__ = ["REPORT_KINDS", "ReportKind", "kind_of_report"]
