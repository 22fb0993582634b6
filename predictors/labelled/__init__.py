"""Predictors that are fitted on labels alone: one file each.

The ridge is a baseline of every report. All of them are compared where a study is about the landmarks of one strategy,
as `landmark` is: in its README.md and labels.csv. Elsewhere a report names those that it does not compare.

Their few settings (the ridge's penalty, the grid of the Gaussian process, the forest's features a split) were chosen
with truths of NAS-Bench-201 and NAS-Bench-101. On these two they are that much better than on a space nobody has
tabulated.
"""
