"""Studies of what labels are worth: predictors fitted to N stand-alone accuracies, ranked against all the others.

A label study draws architectures whose accuracy is told, fits each of its rows to them and measures how the rest is
ranked. A row is a predictor and what it takes for further features: proxies of a score file, or the scores of plain or
guided super-nets of a study that was run.
"""
