"""How long it takes to judge scores: a whole table of NAS-Bench-201 with ten columns, and all of NAS-Bench-101."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank import get_space, open_oracle, rank
from nasrank.bench.oracles import Column, Provenance, Split, Table

COLUMN = Column("accuracy", "cifar10", Split.TEST_40K, 108, "mean")


@pytest.mark.benchmark(group="judging scores")
def test_ten_columns_of_nas_bench_201(benchmark):
    space, table = get_space("nb201"), open_oracle("analog-nasbench")
    truth = np.asarray(table.whole(table.columns[0]))
    noise = np.random.default_rng(0).normal(size=(10, len(space)))
    content = {"arch": list(map(str, space)), **{f"score {k}": truth + 3 * row for k, row in enumerate(noise)}}
    report = benchmark.pedantic(rank, [content], {"truth": (table, table.columns[0])}, rounds=2)
    assert report.counts.ranked == 15_625
    assert benchmark.stats.stats.max < 20


@pytest.mark.benchmark(group="judging scores")
def test_one_column_of_nas_bench_101(benchmark):
    space, generator = get_space("nb101"), np.random.default_rng(0)
    truth = 85 + 5 * generator.normal(size=len(space)).clip(-3, 3)
    provenance = Provenance("nb101", "random numbers", "0" * 64, "none", "none", "none", "speed", 1)
    table = Table.from_arrays({COLUMN: truth}, provenance)
    hashes = [row.tobytes().hex() for row in space.enumeration.hashes]
    content = {"hash": hashes, "score": truth + 5 * generator.normal(size=len(space))}
    report = benchmark.pedantic(rank, [content], {"truth": (table, COLUMN)}, rounds=1)
    assert report.counts.ranked == 423_624
    assert benchmark.stats.stats.max < 60
