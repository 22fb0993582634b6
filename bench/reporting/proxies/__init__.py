"""What a report on zero-cost proxies looks like: its files, figures and page, made of its summary alone."""

from __future__ import annotations

from nasrank.bench.reporting.proxies.writing import FILES, texts_of, write

__all__ = ["FILES", "texts_of", "write"]
