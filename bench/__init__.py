"""Measuring how well super-nets rank architectures: oracles, training, ranking, studies and reports."""
