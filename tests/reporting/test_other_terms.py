"""Reports of studies with other terms than that of the landmarks, beside it or in its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from synthetic import invented_results, store, tau_alone

from nasrank.bench.publishing import write_report
from nasrank.bench.reporting import Summary
from nasrank.bench.reporting.prose import answer, paragraphs
from nasrank.bench.runner.truth import Truth

LANDMARK = {"name": "landmark", "coefficient": 7.0}
OTHER = {"name": "orthogonality", "coefficient": 0.25}


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)


def report(truth: Truth, folder: Path, *terms: dict[str, Any]) -> Summary:
    results = invented_results(truth, strategies=("spos",), terms=terms)
    return write_report(store(results, folder / "results"), folder, truth)


@pytest.mark.slow
@pytest.mark.parametrize("terms", [(LANDMARK, OTHER), (OTHER, LANDMARK)], ids=["after it", "before it"])
def test_options_of_two_terms_are_told_apart(terms: tuple[dict[str, Any], ...], truth: Truth, tmp_path: Path) -> None:
    """A regression test: the last of two coefficients was said to be the landmarks'."""
    facts = dict(paragraphs("facts.j2", report(truth, tmp_path, *terms)))
    assert "hinge loss on held_out images, coefficient 7, " in facts["Landmarks"]
    assert facts["Other terms"] == "kernel orthogonality, coefficient 0.25"
    said = re.sub(r"\W+", " ", (tmp_path / "table.md").read_text())
    assert "Other terms kernel orthogonality coefficient 0 25 " in said


@pytest.mark.slow
def test_a_study_without_landmark_guidance_has_a_report(truth: Truth, tmp_path: Path) -> None:
    """A regression test: it ended in a KeyError after all training."""
    summary = report(truth, tmp_path, OTHER)
    facts = dict(paragraphs("facts.j2", summary))
    assert facts["Landmarks"] == "12 a seed (random); no term is told of them"
    assert facts["Other terms"] == "kernel orthogonality, coefficient 0.25"
    assert answer(summary).startswith("Kernel orthogonality takes Kendall's tau-b of SPOS from ")
    assert (tmp_path / "training.svg").exists()


def test_landmark_guidance_alone_is_said_as_before(summary: Summary) -> None:
    facts = dict(paragraphs("facts.j2", summary))
    assert "Other terms" not in facts
    assert summary.header["other_terms"] == {}
