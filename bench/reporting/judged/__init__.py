"""What a rank report looks like: its files, figures and page. It shows the order of a truth, never its numbers."""

from __future__ import annotations

from nasrank.bench.reporting.judged.writing import FILES, write

__all__ = ["FILES", "write"]
