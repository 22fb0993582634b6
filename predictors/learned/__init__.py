"""Networks that read the graphs of architectures, fitted to the order of labels: one file each.

All of them are ensembles whose members are trained side by side, in plain torch on dense tensors. They work on every
space through `SearchSpace.graph`; what a space says of an architecture besides is not seen. Known scores they leave
alone.

Their few settings were chosen with 100 labels of NAS-Bench-101 and of NAS-Bench-201 each. On these two they are that
much better than on a space nobody has tabulated.
"""
