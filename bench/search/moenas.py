"""MOENAS and TF-MOENAS, the NSGA-II [Deb2002] that Pareto-dominance novelty search is compared with in [Vo2024].

MOENAS is told the validation accuracy after 12 epochs and a complexity, TF-MOENAS scores of training-free estimators
and a complexity: the searcher is one and the same.

Checked against the authors' code (github.com/ELO-Lab/PDNS at f2c0d58, algorithms/nsga2.py), which takes pymoo's NSGA-II
as this does: 20 architectures, two-point crossover of all parents, polynomial mutation of index 1, rounded, and no
offspring that is in the population or twice in it, while others may be looked at again. It hands 1/l, of l decisions,
to pymoo as the probability that a child is mutated. With pymoo 0.6, whose modules it imports, that is not the
probability of a gene, which is 1/l besides, so that on NAS-Bench-201 a gene mutates with 1/36. 1/l for a gene of any
child, as in the novelty search, is the default here, and `mutated` of 1/l is what the code does. On NAS-Bench-101 the
code crosses over nine of ten parents, and tries 26 times to make what the space allows, where pymoo mates up to 100
times here.

References:
    [Deb2002] Deb, Pratap, Agarwal & Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE
        Transactions on Evolutionary Computation 6(2), 2002.
    [Vo2024] Vo & Luong, "Efficient Multi-Objective Neural Architecture Search via Pareto Dominance-based Novelty
        Search", GECCO 2024; MOENAS and TF-MOENAS are among its baselines.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nasrank.bench.search.nsga2 import NSGA2, NSGA2Settings
from nasrank.bench.search.searcher import SEARCHERS, Settings


class MOENASSettings(NSGA2Settings):
    """Those of NSGA-II with the values of [Vo2024]."""

    population: int = Field(default=20, ge=2)
    """Architectures that survive a generation, and as many offspring of one."""

    crossover: Literal["simulated-binary", "two-point"] = "two-point"
    """Near either parent in each choice, or what lies between two points from the other parent."""

    crossed: float = Field(default=1.0, ge=0, le=1)
    """Probability that two parents are crossed over; others are copied."""

    mutation_index: float = Field(default=1.0, gt=0)
    """Distribution index of polynomial mutation: the larger, the nearer."""


@SEARCHERS.register
class MOENAS(NSGA2):
    """May look again at what has left the population, as the published code does."""

    name = "moenas"
    label = "MOENAS"
    reference = "Vo2024"
    settings_type: ClassVar[type[Settings]] = MOENASSettings
    repeats: ClassVar[bool] = True
