"""DARTS's architectures by the number of convolutions among their sixteen operations.

With operations drawn uniformly nearly all architectures have eight to eleven, and short training does not tell them
apart. A pool in which each number is equally frequent does.
"""

from __future__ import annotations

import numpy as np

from nasrank.spaces.darts.genotype import CONVOLUTIONS, KINDS, NODES, OPERATIONS_A_CELL, OTHERS, Cell, Genotype
from nasrank.spaces.darts.moves import random_node
from nasrank.spaces.integers import index

OPERATIONS_IN_ALL = len(KINDS) * OPERATIONS_A_CELL
STRATA = OPERATIONS_IN_ALL + 1


def sample(generator: np.random.Generator, stratum: int) -> Genotype:
    """An architecture drawn uniformly from those with so many convolutions."""
    convolutions = index(stratum, STRATA, "stratum:")
    convolves = generator.permutation(OPERATIONS_IN_ALL) < convolutions
    operations = np.where(
        convolves,
        generator.choice(CONVOLUTIONS, size=OPERATIONS_IN_ALL),
        generator.choice(OTHERS, size=OPERATIONS_IN_ALL),
    ).tolist()
    nodes = [
        random_node(node, operations[2 * place : 2 * place + 2], generator)
        for place, node in enumerate(NODES * len(KINDS))
    ]
    return Genotype(Cell(tuple(nodes[: len(NODES)])), Cell(tuple(nodes[len(NODES) :])))
