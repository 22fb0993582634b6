"""Scores 300 cells of NAS-Bench-201: put your predictor in the place of `predicted`.

python score.py scores.csv
"""

from __future__ import annotations

import csv
import sys

import numpy as np

import nasrank


def predicted(cell: str) -> float:
    """More and larger convolutions are taken for better, and skip connections for better than nothing."""
    return 3 * cell.count("nor_conv_3x3") + 2 * cell.count("nor_conv_1x1") + cell.count("skip_connect")


def main(path: str) -> None:
    """Write a row a cell: always the same ones, so that later rankings are compared with earlier ones in pairs."""
    cells = [str(cell) for cell in nasrank.get_space("nb201").sample(np.random.default_rng(0), 300)]
    with open(path, "w", newline="") as file:  # noqa: PTH123 - as most people write it
        rows = csv.writer(file)
        rows.writerow(["arch", "predictor"])
        rows.writerows((cell, predicted(cell)) for cell in cells)


if __name__ == "__main__":
    main(sys.argv[1])
