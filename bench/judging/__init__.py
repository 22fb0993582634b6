"""Anybody's scores judged against a table: `nasrank.rank`, and `nasrank rank` on the command line."""

from __future__ import annotations

from nasrank.bench.judging.rank import rank
from nasrank.bench.judging.report import RankReport

__all__ = ["RankReport", "rank"]
