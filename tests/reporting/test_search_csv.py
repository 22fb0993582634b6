"""search.csv against the trials that it is made of."""

from __future__ import annotations

import csv
import io

import pytest
from synthetic import invented_results

from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.search_csv import search_csv
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.spaces import get_space

SPACE = get_space("nb201")


def test_search_csv_names_what_each_trial_found(summary: Summary, results: Results, truth: Truth) -> None:
    seeds = results.design.study.seeds
    lines = list(csv.DictReader(io.StringIO(search_csv(summary, seeds))))
    assert len(lines) == len(summary.search) * 2 * len(seeds)
    derived = {(line["landmarks"], int(line["seed"])): line for line in lines if line["way"] == "derived"}
    for arm, landmarks in zip(results.design.rows["gdas"].arms, ("without", "with"), strict=True):
        for seed, trial in zip(seeds, results.of(arm), strict=True):
            line, cell = derived[landmarks, seed], SPACE.from_choices(trial["derived"])
            (value,) = truth.of([cell])
            assert (line["arm"], line["label"], line["architecture"]) == ("gdas", "GDAS", str(cell))
            assert float(line["accuracy"]) == pytest.approx(value, abs=1e-6)
            assert float(line["rank"]) == 1 + sum(truth.values > value)


def test_search_csv_says_why_a_number_is_missing(truth: Truth) -> None:
    results = invented_results(truth)
    for trial in results.of(results.design.rows["gdas"].after):
        trial["derived"] = None
    lines = csv.DictReader(io.StringIO(search_csv(analyse(results, truth), results.design.study.seeds)))
    missing = [line for line in lines if (line["way"], line["landmarks"]) == ("derived", "with")]
    assert {(line["architecture"], line["accuracy"], line["missing"]) for line in missing} == {
        ("", "", "nothing derived")
    }
