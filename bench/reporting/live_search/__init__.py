"""What the report of a live search looks like: claims, what is found over the networks trained, and a table of it."""

from __future__ import annotations

from nasrank.bench.reporting.live_search.report import FILES, report_texts, write

__all__ = ["FILES", "report_texts", "write"]
