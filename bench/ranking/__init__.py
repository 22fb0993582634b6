"""How well scores rank architectures: metrics, their intervals, and the noise ceilings they are read against.

Pure functions on arrays; nothing here knows of spaces, tables or training.
"""

from __future__ import annotations

from nasrank.bench.ranking.ceilings import (
    MOST_SEEDS,
    Ceiling,
    SeedCeiling,
    ceiling_between,
    ceiling_of_seeds,
    tau_without_noise,
)
from nasrank.bench.ranking.intervals import (
    Interval,
    PairedInterval,
    RunComparison,
    bootstrap,
    compare_runs,
    excess_bootstrap,
    fewest_draws,
    paired_bootstrap,
)
from nasrank.bench.ranking.metrics import tied_pair_share
from nasrank.bench.ranking.registry import METRICS, Metric, get_metric

__all__ = [
    "METRICS",
    "MOST_SEEDS",
    "Ceiling",
    "Interval",
    "Metric",
    "PairedInterval",
    "RunComparison",
    "SeedCeiling",
    "bootstrap",
    "ceiling_between",
    "ceiling_of_seeds",
    "compare_runs",
    "excess_bootstrap",
    "fewest_draws",
    "get_metric",
    "paired_bootstrap",
    "tau_without_noise",
    "tied_pair_share",
]
