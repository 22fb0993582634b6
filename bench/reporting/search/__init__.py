"""Reports on search studies: regret over the budget, what each searcher ends with, published figures, fronts."""

from __future__ import annotations

from nasrank.bench.reporting.search.report import FILES, write

__all__ = ["FILES", "write"]
