"""RLNAS's search space of inverted residuals, at a small scale."""
