"""Architectures as rows of numbers, for regressions and kernels: one encoding a file, each of every space.

An encoding is asked for by its name, of `nasrank.predictors.encodings.encoding.ENCODINGS`. A context computes each once
for the architectures that it is told of, see `nasrank.predictors.encodings.computed_once.EncodedOnce`.
"""
