"""The report of a study: tables, figures, sentences and a page, of what the analysis has found.

Reports compute nothing but what they draw. They show the order of the truth, aggregates of it
and the accuracies of the few architectures that a search ended with, never those of a pool: the tables' numbers are not
ours to publish.
"""

from __future__ import annotations

from nasrank.bench.analysis.analyse import analyse
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.terminal import terminal_table

__all__ = ["Summary", "analyse", "terminal_table"]
