"""A study that is run in seconds."""

from __future__ import annotations

TINY = """
title = "tiny"
space = "nb201"
strategies = ["spos"]
seeds = [0, 1]
[truth]
oracle = "analog-nasbench"
dataset = "cifar10"
split = "test_50k_augmented"
epochs = 200
seeds = "one_run"
[images]
dataset = "digits"
weights = 64
held_out = 64
scoring = 50
[supernet]
channels = 2
cells_per_stage = 1
[training]
passes = 4
batch_size = 16
[landmarks]
count = 4
[pool]
size = 20
[analysis]
draws = 100
"""

VARIANT = """
[variants.weak]
strategy = "spos"
label = "a tenth of the coefficient"
terms = { landmark = { coefficient = 1.0 } }
"""
