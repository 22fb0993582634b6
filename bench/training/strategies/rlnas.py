"""Neural architecture search with random labels [Zhang2021]: single paths on labels that mean nothing.

Every image is given a class at random, once and for all. Each step trains one path, uniform over architectures, as in
SPOS; architectures are then ranked by how far training turned their weights. The paper searches for the best angle by
evolution, which is up to the study here.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot


@STRATEGIES.register
class RandomLabels(SinglePathOneShot):
    name = "rlnas"
    label = "RLNAS"
    reference = "Zhang2021"
    revision = 2
    random_labels = True
    score = "angle"
