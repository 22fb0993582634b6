"""Estimators that score architectures without training each one; importing this package does not import torch."""

from __future__ import annotations

from nasrank.predictors.estimator import ESTIMATORS, Context, Estimator, Labels, Need

__all__ = ["ESTIMATORS", "Context", "Estimator", "Labels", "Need"]
