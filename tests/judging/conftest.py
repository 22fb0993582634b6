"""Cells of NAS-Bench-201 with scores, and their truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from nasrank import get_space, open_oracle


@dataclass(frozen=True)
class Scored:
    """200 cells of different positions with two columns of scores, `truth` in percent."""

    positions: np.ndarray
    cells: list[Any]
    texts: list[str]
    truth: np.ndarray
    good: np.ndarray
    poor: np.ndarray


@pytest.fixture(scope="session")
def scored() -> Scored:
    space, table = get_space("nb201"), open_oracle("analog-nasbench")
    generator = np.random.default_rng(3)
    positions = np.sort(generator.choice(len(space), size=200, replace=False))
    cells = [space.at(int(position)) for position in positions]
    truth = np.asarray(table.whole(table.columns[0]))[positions]
    ranks = np.argsort(np.argsort(truth)) / 200
    good, poor = (ranks + spread * generator.normal(size=200) for spread in (0.2, 0.6))
    return Scored(positions, cells, [str(cell) for cell in cells], truth, np.round(good, 4), np.round(poor, 4))
