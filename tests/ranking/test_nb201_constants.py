"""Figures measured on the NAS-Bench-201 tables independently of this code (reference/prior-art.md, section 0.2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest

from nasrank.bench.ranking import ceiling_between, ceiling_of_seeds, metrics

pytestmark = pytest.mark.data
Column = Callable[[str], npt.NDArray[np.float64]]


@pytest.fixture(scope="module")
def column(nasrank_data: Path) -> Column:
    path = nasrank_data / "nas-bench-201" / "nb201_core.parquet"
    return lambda name: pq.read_table(path, columns=[name])[name].to_numpy()


SEED_888 = {"c10": "c10v_test_acc_200_seed888", "c100": "c100_test_200_seed888", "in16": "in16_test_200_seed888"}


@pytest.mark.parametrize(
    ("first", "second", "tau", "rho"),
    [("c10", "c100", 0.8487, 0.9676), ("c10", "in16", 0.8150, 0.9510), ("c100", "in16", 0.8288, 0.9562)],
)
def test_agreement_between_data_sets(column: Column, first: str, second: str, tau: float, rho: float) -> None:
    scores, truth = column(SEED_888[first]), column(SEED_888[second])
    assert metrics.kendall_tau(scores, truth) == pytest.approx(tau, abs=1e-4)
    assert metrics.spearman(scores, truth) == pytest.approx(rho, abs=1e-4)


def test_agreement_of_12_and_200_epochs(column: Column) -> None:
    truth = column(SEED_888["c10"])
    assert metrics.kendall_tau(column("c10_valid_12_mean2"), truth) == pytest.approx(0.6334, abs=1e-4)
    assert metrics.kendall_tau(column("c10_test_12"), truth) == pytest.approx(0.7397, abs=1e-4)


def test_two_honest_oracles(column: Column) -> None:
    ceiling = ceiling_between(column("c10_test_200_mean_v10"), column(SEED_888["c10"]), description="v1.0 and seed 888")
    assert ceiling.tau == pytest.approx(0.8790, abs=1e-4)
    # 0.468 is of 1,562 architectures with ties at the border cut off at random; here all 1,566 are in
    assert ceiling.tau_top[0.1] == pytest.approx(0.468, abs=0.003)
    distinct = len(np.unique(column("c10_test_200_mean_v10")))
    assert 0 < ceiling.ties[0] < ceiling.ties[1] * 1.5
    assert distinct < ceiling.n == 15625


def test_ceiling_between_seeds(column: Column) -> None:
    seeds = np.stack([column(f"c10_valid_200_seed{seed}") for seed in (777, 888, 999)])
    ceiling = ceiling_of_seeds(seeds, description="CIFAR-10 x-valid")
    assert ceiling.between_seeds.n == 8169  # NATS-Bench#30: 7,456 cells lack seed 999
    assert 0.8 < ceiling.between_seeds.tau < ceiling.between_halves.tau < ceiling.between_means < 1
