"""Results of before estimates were stored are completed, and nothing is trained for that."""

from __future__ import annotations

import json

import pytest
from estimate_studies import STACKED, contents

from nasrank.bench.execution.here import Here
from nasrank.bench.reporting import analyse
from nasrank.bench.runner.execute import execute
from nasrank.bench.runner.run import completed
from nasrank.bench.training.strategies import STRATEGIES


@pytest.fixture(autouse=True)
def _nothing_is_trained(monkeypatch):
    def refuse(*_):
        raise AssertionError("nothing is to be trained")

    monkeypatch.setattr("nasrank.bench.runner.trial.run_trial", refuse)


@pytest.fixture
def bare(finished_store):
    for path in finished_store.folder.glob("estimate.*"):
        path.unlink()
    return finished_store


@pytest.mark.slow
def test_those_that_lack_nothing_are_themselves(finished_store, varied):
    before = contents(finished_store.folder)
    with completed(finished_store, varied[1]) as found:
        assert found is finished_store
    assert contents(finished_store.folder) == before


@pytest.mark.slow
def test_a_copy_gets_them_and_goes(bare, finished_store, whole, varied):
    before = contents(bare.folder)
    with pytest.raises(ValueError, match="is not among the results"):
        analyse(bare.read(), varied[1])
    with completed(bare, varied[1]) as found:
        copy = found.folder
        assert contents(copy).keys() == whole.keys()
        assert {name: contents(copy)[name] for name in before} == before
        analyse(found.read(), varied[1])
    assert not copy.exists()
    assert contents(finished_store.folder) == before


@pytest.mark.slow
def test_in_place_they_stay(bare, whole, varied):
    with completed(bare, varied[1], in_place=True) as found:
        assert found is bare
    assert contents(bare.folder).keys() == whole.keys()
    assert bare.due(varied[0]) == []


@pytest.mark.slow
def test_what_is_there_is_not_made_again(finished_store, varied):
    (finished_store.folder / f"{STACKED.name}.json").unlink()
    before = contents(finished_store.folder)
    with completed(finished_store, varied[1], in_place=True):
        pass
    after = contents(finished_store.folder)
    assert after.keys() - before.keys() == {f"{STACKED.name}.json"}
    assert {name: after[name] for name in before} == before


@pytest.mark.slow
def test_trials_of_an_earlier_revision_are_stacked_on_as_they_are(bare, whole, varied, monkeypatch):
    design, truth = varied
    monkeypatch.setattr(STRATEGIES["spos"], "revision", STRATEGIES["spos"].revision + 1)
    assert not any(bare.has(trial, design) for trial in design.trials)
    with completed(bare, truth) as found:
        results = found.read()
    scores = {name: one["scores"] for name, one in results.estimates.items()}
    assert scores == {
        name.removesuffix(".json"): json.loads(text)["scores"]
        for name, text in whole.items()
        if name.startswith("estimate.")
    }


@pytest.mark.slow
def test_a_run_that_has_all_trials_makes_the_rest(bare, varied):
    design, truth = varied
    execute(design, truth, bare, Here())
    assert bare.due(design) == []
