"""What the report of a table study looks like: what became of the claims, one figure, and a table of the groups."""

from __future__ import annotations

from nasrank.bench.reporting.table_studies.report import FILES, report_texts, write

__all__ = ["FILES", "report_texts", "write"]
