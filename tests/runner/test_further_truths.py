"""Truths besides a study's own, from tables that are here, and the sentence where none is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import RECIPES
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.runner.further_truths import FURTHER, further_truths, what_a_fetch_would_add
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study
from nasrank.spaces import get_enumerated

MEANS = "nas-bench-201-means"
BENCHMARK = {"oracle": "nats-bench-extract", "dataset": "cifar10", "split": "test_50k", "epochs": 200, "seeds": "mean"}


@pytest.fixture
def digits() -> Study:
    return load_study(find_study("nb201"))


@pytest.fixture(autouse=True)
def _nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Invented accuracies of all cells, compiled as the table that is fetched."""
    values = np.random.default_rng(0).uniform(10, 95, len(get_enumerated("nb201")))

    def read(_source: Path, _workshop: Workshop) -> Draft:
        return Draft("nb201", {FURTHER[0].column: values}, "invented", "nobody", "MIT")

    source = tmp_path / "means"
    source.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    recipe = replace(RECIPES[MEANS], format=replace(RECIPES[MEANS].format, read=read), sha256=empty, parts={})
    monkeypatch.setitem(RECIPES, MEANS, recipe)
    recipe.adopt(source, None)
    return values


def test_a_table_that_is_here_is_a_truth_besides(digits: Study, fetched: np.ndarray) -> None:
    ((name, truth),) = further_truths(digits)
    assert name == MEANS
    np.testing.assert_array_equal(truth.values, fetched)
    assert what_a_fetch_would_add(digits) is None


def test_where_it_is_not_one_sentence_says_what_it_takes(digits: Study) -> None:
    assert further_truths(digits) == []
    assert what_a_fetch_would_add(digits, "runs/nb201") == (
        "One more command compares these super-nets with the benchmark's own accuracies: "
        "nasrank fetch nas-bench-201-means (1.0 MB, MIT), then nasrank report runs/nb201"
    )


def test_each_space_has_its_own_table() -> None:
    nb101 = load_study(find_study("nb101"))
    assert "nasrank fetch nas-bench-101-means (1.8 MB, MIT)" in (what_a_fetch_would_add(nb101) or "")


@pytest.mark.parametrize("oracle", [MEANS, "nats-bench-extract", "nats-bench-topology"])
@pytest.mark.usefixtures("fetched")
def test_a_study_of_these_very_numbers_gets_none(digits: Study, oracle: str) -> None:
    """Whatever table it has them from."""
    truth = digits.truth.model_copy(update={**BENCHMARK, "oracle": oracle})
    own = digits.model_copy(update={"truth": truth})
    assert further_truths(own) == []
    assert what_a_fetch_would_add(own) is None


def test_an_altered_source_says_so(digits: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in RECIPES[MEANS].parts:
        path = tmp_path / "data" / RECIPES[MEANS].source / part
        path.parent.mkdir(parents=True)
        path.write_bytes(b"index,accuracy\n")
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError, match="truncated, altered or another version"):
        further_truths(digits)


@pytest.mark.parametrize("one", FURTHER, ids=lambda one: one.oracle)
def test_what_is_offered_is_a_table_that_can_be_fetched(one) -> None:
    assert RECIPES[one.oracle].command == f"nasrank fetch {one.oracle}"
