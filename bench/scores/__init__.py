"""Ways to rank by a trained super-net: what its paths score, and how far training has turned its weights."""

from __future__ import annotations

from nasrank.bench.scores.meaning import known_columns, label_of, range_of

__all__ = ["known_columns", "label_of", "range_of"]
