"""What the report of a gradient study looks like: claims, norms over depths and over layers, and tables of both."""

from __future__ import annotations

from nasrank.bench.reporting.gradient_studies.report import FILES, report_texts, write

__all__ = ["FILES", "report_texts", "write"]
