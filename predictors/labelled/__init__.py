"""Predictors that are fitted on labels alone: one file each.

The ridge on choices is a baseline of every report. It and the two others of `label_matched` are compared where a study
is about the landmarks of one strategy, as `landmark` is: in its README.md and labels.csv. Elsewhere a report names
those that it does not compare. The regressions on graph features rank better, and the best of them is chosen on the
labels by `best_on_labels`.

Their few settings (penalties, the grids of the Gaussian processes, the trees' features a split) and the features
themselves were chosen with truths of NAS-Bench-201 and NAS-Bench-101. On these two they are that much better than on a
space nobody has tabulated.
"""
