"""The committed reports on searches are what their runs say, and the runs found what the table has."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.search_studies.folder import SearchFolder

REPORTS = Path(__file__).parents[2] / "reports"
FOLDERS = [path.parents[1] for path in sorted(REPORTS.glob("*/results/runs.parquet"))]


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_summary_is_made_of_its_runs(folder: Path) -> None:
    fresh = json.loads(SearchSummary.of(*SearchFolder(folder).read()).to_text())
    committed = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert fresh.keys() == committed.keys()
    for name in ("rows", "comparisons", "published", "curves", "fronts"):
        assert len(fresh[name]) == len(committed[name]) > 0 or name in ("published", "fronts", "curves")
        for one, other in zip(fresh[name], committed[name], strict=True):
            assert {key: value for key, value in one.items() if not isinstance(value, float | list | dict)} == {
                key: value for key, value in other.items() if not isinstance(value, float | list | dict)
            }
            for key, value in one.items():
                if isinstance(value, float):
                    assert value == pytest.approx(other[key], rel=1e-4, abs=1e-5), (name, key)


@pytest.mark.data
def test_what_was_found_is_what_the_table_has(nasrank_data: Path) -> None:
    """Told and reported, read from the file of NAS-Bench-201 without any code of ours."""
    core = pd.read_parquet(nasrank_data / "nas-bench-201" / "nb201_core.parquet")
    core = core.set_index("arch_str")
    _, runs, known = SearchFolder(REPORTS / "nb201-search").read()
    found = runs[(runs["part"] == "nb201") & runs["final"]]
    assert len(found) > 2_000
    rows = core.loc[found["architecture"]]
    for ours, theirs in {
        "told": "c10_valid_12_mean2",
        "test_cifar10": "c10_test_200_mean",
        "test_cifar100": "c100_test_200_mean",
        "valid_imagenet16": "in16_valid_200_mean",
    }.items():
        np.testing.assert_allclose(found[ours].to_numpy(), rows[theirs].to_numpy(), atol=1e-4)
    assert known["best"]["nb201"]["test_cifar10"] == pytest.approx(core["c10_test_200_mean"].max(), abs=1e-4)


@pytest.mark.data
def test_a_simulated_second_is_one_of_the_table(nasrank_data: Path) -> None:
    """The first incumbent of a run is its first answer, so that its price can be looked up."""
    core = pd.read_parquet(nasrank_data / "nas-bench-201" / "nb201_core.parquet")
    core = core.set_index("arch_str")
    _, runs, _ = SearchFolder(REPORTS / "nb201-search").read()
    first = runs[(runs["part"] == "nb201") & (runs["searcher"] == "random") & (runs["queries"] == 1)]
    first = first.drop_duplicates("run")
    assert len(first) == 500
    rows = core.loc[first["architecture"]]
    price = rows["c10v_train_time_12_s"] + rows["c10v_valid_time_epoch_s"]
    np.testing.assert_allclose(first["seconds"].to_numpy(), price.to_numpy(), rtol=1e-4)
