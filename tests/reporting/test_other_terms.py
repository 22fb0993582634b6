"""Reports of studies with other terms than that of the landmarks, beside it or in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from synthetic import invented_results, store

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, explanations
from nasrank.bench.runner.truth import Truth

LANDMARK = {"name": "landmark", "coefficient": 7.0}
OTHER = {"name": "orthogonality", "coefficient": 0.25}


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})


def report(truth: Truth, folder: Path, *terms: dict[str, Any]) -> Summary:
    results = invented_results(truth, strategies=("spos",), terms=terms)
    return write_report(store(results, folder / "results"), folder, truth)


@pytest.mark.parametrize("terms", [(LANDMARK, OTHER), (OTHER, LANDMARK)], ids=["after it", "before it"])
def test_options_of_two_terms_are_told_apart(terms: tuple[dict[str, Any], ...], truth: Truth, tmp_path: Path) -> None:
    """A regression test: the last of two coefficients was said to be the landmarks'."""
    facts = dict(explanations.facts(report(truth, tmp_path, *terms)))
    assert "hinge loss on held_out images, coefficient 7, " in facts["Landmarks"]
    assert facts["Other terms"] == "kernel orthogonality, coefficient 0.25"
    assert "| Other terms | kernel orthogonality, coefficient 0.25 |" in (tmp_path / "table.md").read_text()


def test_a_study_without_landmark_guidance_has_a_report(truth: Truth, tmp_path: Path) -> None:
    """A regression test: it ended in a KeyError after all training."""
    facts = dict(explanations.facts(report(truth, tmp_path, OTHER)))
    assert facts["Landmarks"] == "12 a seed (random); no term is told of them"
    assert facts["Other terms"] == "kernel orthogonality, coefficient 0.25"
    assert "kernel orthogonality: coefficient 0.25" in (tmp_path / "README.md").read_text()
    assert (tmp_path / "training.svg").exists()


def test_landmark_guidance_alone_is_said_as_before(summary: Summary) -> None:
    facts = dict(explanations.facts(summary))
    assert "Other terms" not in facts
    assert "other_terms" not in summary.header
