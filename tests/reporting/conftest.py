"""Reports of invented studies; no test here trains anything or needs a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from landmark_studies import landmark_results
from synthetic import invented_results, invented_truth, store, tau_alone

from nasrank.bench.publishing import write_report
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study


@pytest.fixture(autouse=True)
def _no_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invented truth would contradict the recorded ceilings wherever real tables are at hand to check them."""
    monkeypatch.delenv("NASRANK_DATA", raising=False)


@pytest.fixture(scope="session")
def truth() -> np.ndarray:
    return invented_truth()


@pytest.fixture(scope="session")
def results(truth: Truth) -> Results:
    """Guidance helps, and baselines that know the number of convolutions are better still."""
    return invented_results(truth)


@pytest.fixture(scope="session")
def summary(results: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NASRANK_DATA", raising=False)
        return analyse(results, truth)


@pytest.fixture(scope="session")
def report(results: Results, truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the whole report."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NASRANK_DATA", raising=False)
        write_report(store(results, folder / "results"), folder, truth)
    return folder


@pytest.fixture(scope="session")
def landmark_study(truth: Truth) -> Results:
    return landmark_results(truth)


@pytest.fixture(scope="session")
def landmark_summary(landmark_study: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(landmark_study, truth)


@pytest.fixture
def study(results: Results) -> Study:
    return results.design.study


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where a report goes; nothing is there yet."""
    return tmp_path / "reports" / "tiny"
