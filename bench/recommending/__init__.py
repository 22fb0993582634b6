"""What to train next, by labels that somebody has: the space is ranked by the predictor that suits them."""

from __future__ import annotations

from nasrank.bench.recommending.recommend import Recommendation, recommend

__all__ = ["Recommendation", "recommend"]
