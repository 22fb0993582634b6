"""The study of NAS-Bench-101 on digits, whose truth was made from the same data set."""

from __future__ import annotations

import pytest

from nasrank.bench.runner.resolve import resolve
from nasrank.bench.studies.study_file import find_study, load_study


@pytest.mark.slow
def test_its_truth_covers_every_cell_with_at_most_five_vertices():
    _, truth, _ = resolve(load_study(find_study("nb101")))
    assert len(truth.known) == 1 + 6 + 84 + 2441
