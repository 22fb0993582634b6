from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import QUANTITIES, Column, Split
from nasrank.bench.oracles.ask.checks import check_columns

ROWS = 15_625


def column(metric: str) -> Column:
    return Column(metric, "cifar10", Split.TEST_50K, 200, 777)


@pytest.mark.parametrize("metric", QUANTITIES)
def test_only_a_loss_may_be_infinite(metric: str):
    """It is where the training diverged, which is not the same as that there was none."""
    values = np.ones(ROWS)
    values[7] = np.inf
    if metric == "loss":
        check_columns({column(metric): values, column("accuracy"): np.ones(ROWS)}, "nb201", None)
        check_columns({column(metric): np.full(ROWS, np.inf)}, "nb201", None)
    else:
        with pytest.raises(DataError, match=r"values from 1.0 to inf are not in"):
            check_columns({column(metric): values}, "nb201", None)


@pytest.mark.parametrize("metric", QUANTITIES)
def test_nothing_is_negative(metric: str):
    values = np.ones(ROWS)
    values[7] = -np.inf
    with pytest.raises(DataError, match=r"values from -inf to 1.0 are not in"):
        check_columns({column(metric): values}, "nb201", None)
