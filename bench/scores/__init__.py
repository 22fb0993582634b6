"""Ways to rank by a trained super-net: what its paths score, and how far training has turned its weights."""

from __future__ import annotations

from nasrank.bench.scores.meaning import further_name, known_columns, label_of, parts_of_name, range_of, scoring_phase

__all__ = ["further_name", "known_columns", "label_of", "parts_of_name", "range_of", "scoring_phase"]
