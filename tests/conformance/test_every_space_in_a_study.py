"""A whole study on every registered space, from a table of some of its architectures to the report.

The table's numbers are invented; one network of the space is trained to see that `nasrank tabulate` could make it.
A new space is tested by being registered.
"""

from __future__ import annotations

from dataclasses import replace

import invented_data
import numpy as np
import pytest
from invented_data import DATA
from small import small_network, small_supernet

import nasrank
from nasrank.bench.execution.here import Here
from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.bench.oracles.imports.formats import own
from nasrank.bench.oracles.imports.library import import_table
from nasrank.bench.publishing import write_report
from nasrank.bench.runner.results import Store
from nasrank.bench.studies.study import Study
from nasrank.bench.tabulation.network import network_of
from nasrank.bench.tabulation.selection import Selection
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.bench.tabulation.standalone import run_alone
from nasrank.spaces import SPACES

COUNT = 40
TASK = {"images": "classification", "segmented images": "segmentation", "stereo pairs": "stereo", "text": "language"}
BEST = {"images": "accuracy", "segmented images": "mean_iou", "stereo pairs": "end_point_error", "text": "perplexity"}
SCORE = {
    inputs: best if QUANTITIES[best].direction == "higher" else f"negative_{best}" for inputs, best in BEST.items()
}


@pytest.fixture(scope="module", autouse=True)
def _invented():
    with pytest.MonkeyPatch.context() as patch:
        invented_data.put(patch)
        yield


def column_of(space):
    return Column(BEST[space.inputs], DATA[space.inputs], Split.TEST_TABULATED, 1, 0)


@pytest.fixture(scope="module", params=SPACES.values(), ids=SPACES)
def space(request):
    return request.param


@pytest.fixture(scope="module")
def architectures(space):
    return Selection(cells=COUNT, max_nodes=None, seeds=1).architectures(space.name)


@pytest.fixture(scope="module")
def table(space, architectures, tmp_path_factory):
    """Its name: the more the network computes, the better it is said to be, and in one order where all do alike."""
    positions = np.array([space.position(one) for one in architectures], dtype=np.int64)
    costs = [space.cost(one).multiply_adds for one in architectures]
    ranks = np.argsort(np.argsort(costs)).astype(np.float64)
    order = np.argsort(positions)
    provenance = Provenance(space.name, "invented", "0" * 64, "none", "nobody", "none", "nasrank tabulate", 1)
    path = tmp_path_factory.mktemp("table") / "invented.arrow"
    values = 50 + (-ranks if QUANTITIES[BEST[space.inputs]].direction == "lower" else ranks)
    Table.from_arrays({column_of(space): values[order]}, provenance, positions[order]).write(path)
    name = f"{space.name}-invented"
    import_table(path, format=own.FORMAT, name=name)
    return name


def study_of(space, table):
    return Study.model_validate(
        {
            "title": f"{space.name} in a study",
            "space": space.name,
            "strategies": ["spos"],
            "seeds": [0],
            "truth": {
                "oracle": table,
                "metric": BEST[space.inputs],
                "dataset": DATA[space.inputs],
                "split": "test_tabulated",
                "epochs": 1,
                "seeds": 0,
            },
            "images": {
                "dataset": DATA[space.inputs],
                "task": TASK[space.inputs],
                "weights": 100,
                "held_out": 100,
                "scoring": 50,
            },
            "supernet": small_supernet(space, channels=4),
            "training": {"passes": 4, "batch_size": 16},
            "landmarks": {"count": 4},
            "pool": {"size": 20},
            "analysis": {"draws": 100, "score": SCORE[space.inputs]},
        }
    )


def test_it_is_run_and_reported(space, table, tmp_path):
    results = nasrank.run_study(study_of(space, table), executor=Here(), store=Store(tmp_path / "results"))
    assert all(one["failure"] is None for one in results.trials.values())
    for trial in results.trials.values():
        assert np.isfinite(trial["scores"][SCORE[space.inputs]]).all()
        assert len(set(trial["scores"]["negative_loss"])) > 1, "architectures score differently"
    summary = write_report(tmp_path / "results", tmp_path / "report", results.truth)
    found = summary.header["space"]
    assert (found["name"], found["architectures"], found["known"]) == (space.name, len(space), COUNT)
    page = (tmp_path / "report" / "README.md").read_text()
    assert space.name in page
    by_cost = summary.frame.select(metric="tau", estimator="multiply_adds")
    if len({space.cost(one) for one in results.design.pool}) == 1:
        return
    assert by_cost
    assert min(one.value for one in by_cost) > 0.9, "by which its table was invented; some cost the same"


def test_its_tables_are_of_different_architectures_in_one_order(space, architectures):
    assert len(set(map(str, architectures))) == COUNT
    fewer = Selection(cells=7, max_nodes=None, seeds=1).architectures(space.name)
    assert fewer == architectures[:7]
    if space.strata == 1:
        with pytest.raises(ValueError, match="has no strata"):
            Selection(7, None, 1, stratified=True).architectures(space.name)
        return
    drawn = Selection(3 * space.strata, None, 1, stratified=True).architectures(space.name)
    assert [space.stratum(one) for one in drawn] == [*range(space.strata)] * 3


def test_a_network_trains_alone_and_by_its_seed(space, architectures):
    training = StandaloneTraining(
        space=space.name,
        data=DATA[space.inputs],
        epochs=2,
        training_images=100,
        test_images=50,
        padding=int(space.inputs == "images"),
        noise=0.0,
        network=network_of(space.name, small_network(space)),
        batch_size=16,
        learning_rate=0.05,
    )
    first, again = (run_alone(training, architectures[0], 0) for _ in range(2))
    assert first.failure == ""
    assert replace(first, seconds=0.0) == replace(again, seconds=0.0)
    assert first.curves != run_alone(training, architectures[0], 1).curves
