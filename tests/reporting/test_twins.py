"""What is ranked: no architecture that scores as a landmark does because it is one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.analyse import analyse
from nasrank.bench.analysis.scores import without_twins
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import OPERATIONS, _expression

SPACE = get_space("nb201")


def given_away(results: Results) -> list[int]:
    """Places of the pool that have an expression in common with a landmark of some seed."""
    landmarks = {one for marks in results.design.landmarks.values() for one in marks}
    barred = {text for one in landmarks for text in SPACE.expressions(one)}
    return [place for place, one in enumerate(results.design.pool) if barred & SPACE.expressions(one)]


@pytest.fixture
def results(truth: Truth) -> Results:
    found = invented_results(truth, strategies=("spos", "few_shot"), twins=True)
    assert given_away(found)
    return found


@pytest.mark.slow
def test_twins_of_landmarks_are_left_out_with_all_that_is_said_of_them(results: Results) -> None:
    kept = [place for place in range(len(results.design.pool)) if place not in given_away(results)]
    found = without_twins(results)
    assert list(found.design.pool) == [results.design.pool[place] for place in kept]
    assert not given_away(found)
    for name, trial in results.trials.items():
        for score, values in trial["scores"].items():
            assert found.trials[name]["scores"][score] == [values[place] for place in kept]
        for before, after in zip(trial["curve"], found.trials[name]["curve"], strict=True):
            first = [place for place in kept if place < len(before["scores"])]
            assert after["scores"] == [before["scores"][place] for place in first]
        if trial.get("parts"):
            assert found.trials[name]["parts"] == [trial["parts"][place] for place in kept]


@pytest.mark.slow
def test_an_arms_own_landmarks_have_twins_too(truth: Truth) -> None:
    """A cell of the pool, written otherwise, is a landmark of one arm and seed alone."""
    found = invented_results(truth, strategies=("spos",))
    assert without_twins(found) is found
    twin, place = next(
        (cell, place)
        for place, scored in enumerate(found.design.pool)
        for cell in map(SPACE.at, range(len(SPACE)))
        if cell not in found.design.pool and SPACE.expressions(cell) & SPACE.expressions(scored)
    )
    own = {"variant": {seed: marks[1:] for seed, marks in found.design.landmarks.items()}}
    own["variant"][1] = (*own["variant"][1], twin)
    left = without_twins(Results(replace(found.design, own_landmarks=own), found.trials))
    gone = set(found.design.pool) - set(left.design.pool)
    assert found.design.pool[place] in gone
    barred = SPACE.expressions(twin)
    assert gone == {cell for cell in found.design.pool if barred & SPACE.expressions(cell)}


@pytest.mark.slow
def test_what_is_left_is_left_alone(results: Results) -> None:
    once = without_twins(results)
    assert without_twins(once) is once


@pytest.mark.slow
def test_a_report_is_of_what_is_left_and_of_the_stored_design(
    results: Results, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    left = without_twins(results)
    found = analyse(results, truth)
    assert found.header["n"]["pool"] == len(left.design.pool) < len(results.design.pool)
    assert found.header["design"] == results.design.fingerprint
    assert str(analyse(left, truth).frame) == str(found.frame)


@pytest.mark.slow
def test_what_a_super_net_cannot_tell_apart_are_twins_and_nothing_else_by_shared_weights() -> None:
    """Outputs in double precision, of random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        supernet = SPACE.supernet(channels=2, cells_per_stage=1, classes=4).double()
        images = torch.randn(4, 3, 8, 8, dtype=torch.float64)
    cells = SPACE.sample(np.random.default_rng(0), 1200)
    written: dict[bytes, set[str]] = {}
    with torch.no_grad():
        for places, outputs in supernet.each_path(images, [SPACE.to_choices(cell) for cell in cells]):
            key = outputs.numpy().round(8).tobytes()
            written.setdefault(key, set()).update(
                _expression(cells[place].operations, OPERATIONS, shared=True) for place in places
            )
    assert all(len(texts) == 1 for texts in written.values())
    assert len(written) == len(set().union(*written.values())), "different outputs, different texts"
    assert len(written) < len({SPACE.functional(cell, silence_is_zero=True) for cell in cells})
