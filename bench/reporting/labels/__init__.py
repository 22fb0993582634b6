"""What the report of a label study looks like: its answer, one figure, a table for each part, and the questions."""

from __future__ import annotations

from nasrank.bench.reporting.labels.report import FILES, report_texts, write

__all__ = ["FILES", "report_texts", "write"]
