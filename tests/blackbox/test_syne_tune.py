"""Tables inside syne-tune itself, which only `tox -e syne-tune` installs; the default run does not collect these."""

from __future__ import annotations

import logging
from pathlib import Path

import mixed_space
import numpy as np
import pandas as pd
import pytest
from mixed_space import MixedSpace
from syne_tune import StoppingCriterion, Tuner
from syne_tune.backend.simulator_backend.simulator_callback import SimulatorCallback
from syne_tune.blackbox_repository import UserBlackboxBackend
from syne_tune.blackbox_repository.blackbox_tabular import BlackboxTabular
from syne_tune.config_space import Integer, Ordinal, choice, randint
from syne_tune.optimizer.baselines import ASHA, RandomSearch
from syne_tune.optimizer.scheduler import TrialScheduler

from nasrank.bench.oracles import Column, Provenance, Split, Table, open_oracle
from nasrank.bench.oracles.ask.clock import Question
from nasrank.bench.oracles.export.syne_tune_blackbox import syne_tune_blackbox
from nasrank.spaces import SPACES

DIGITS = Question("digits", Split.TEST_TABULATED, 8, 0)
CIFAR = Question("cifar10", Split.VALID_25K, 3, 777)
MIXED = Question("cifar10", Split.VALID_25K, 6, 0)


@pytest.fixture(autouse=True)
def _results_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """syne-tune writes every experiment to disk."""
    monkeypatch.setenv("SYNETUNE_FOLDER", str(tmp_path))
    monkeypatch.setattr(logging.getLogger(), "level", logging.ERROR)


def tuned(blackbox: BlackboxTabular, scheduler: TrialScheduler, trials: int, seed: int | None = 0) -> pd.DataFrame:
    """Everything that is reported, a line a report."""
    np.random.seed(0)  # noqa: NPY002 - syne-tune draws from numpy's global state
    results = SimulatorCallback()
    Tuner(
        trial_backend=UserBlackboxBackend(blackbox, elapsed_time_attr="elapsed_time", seed=seed),
        scheduler=scheduler,
        stop_criterion=StoppingCriterion(max_num_trials_finished=trials),
        n_workers=4,
        sleep_time=0,
        callbacks=[results],
        save_tuner=False,
        print_update_interval=1e9,
    ).run()
    return results.dataframe()


@pytest.fixture(scope="module")
def cells() -> Table:
    """NAS-Bench-201 with invented numbers: after epoch e, position p has (p + e) / 200 percent, in e (100 + p) s."""
    rows, epochs = np.arange(15_625.0), np.arange(1.0, 4)
    curve = (rows[:, None] + epochs) / 200
    columns = {
        Column("accuracy", "cifar10", Split.VALID_25K, 3, 777): curve[:, -1],
        Column("accuracy", "cifar10", Split.VALID_25K, 3, 777, curve=range(1, 4)): curve,
        Column("training_time", "cifar10", Split.TRAIN_25K, 3, 777): 3 * (100 + rows),
    }
    return Table.from_arrays(columns, Provenance("nb201", "invented", "0" * 64, "none", "none", "none", "invented", 1))


def test_random_search_over_decisions_reports_what_the_table_has(cells: Table) -> None:
    blackbox = syne_tune_blackbox(cells, CIFAR)
    names = [one.name for one in cells.space.decisions]
    assert list(blackbox.configuration_space) == names
    found = tuned(blackbox, RandomSearch(blackbox.configuration_space, metrics=["error"], random_seed=0), trials=30)
    assert found["trial_id"].nunique() >= 30
    reports = found.groupby("trial_id").size()
    assert (reports == 3).sum() >= 30
    operations = cells.space.decisions[0].options
    for line in found.to_dict("records"):
        cell = cells.space.from_choices([operations.index(line[f"config_{name}"]) for name in names])
        axes = {"dataset": "cifar10", "split": Split.VALID_25K, "epochs": 3, "seeds": 777}
        assert line["accuracy"] == cells.curve([cell], metric="accuracy", **axes)[0, line["epochs"] - 1]
        assert line["error"] == 100 - line["accuracy"]
        assert line["elapsed_time"] == line["epochs"] * (100 + cells.space.position(cell))


def test_seeds_and_successive_halving_over_architectures() -> None:
    """A table of a part of a space with forbidden combinations, on real curves of two seeds."""
    table = open_oracle("nb101-digits")
    blackbox = syne_tune_blackbox(table, DIGITS, seeds=(0, 1), by="architecture")
    assert blackbox.objectives_evaluations.shape == (2532, 2, 4, 3)
    stopped = 0
    for place in (0, 1):
        scheduler = ASHA(
            blackbox.configuration_space,
            metric="accuracy",
            do_minimize=False,
            time_attr="epochs",
            max_t=8,
            grace_period=2,
        )
        found = tuned(blackbox, scheduler, trials=24, seed=place)
        axes = {"dataset": "digits", "epochs": 8, "seeds": place}
        for line in found.to_dict("records"):
            cell = [line["config_architecture"]]
            curve = table.curve(cell, metric="accuracy", split=Split.TEST_TABULATED, **axes)[0]
            whole = table.values(cell, metric="training_time", split=Split.TRAIN_TABULATED, **axes)[0]
            assert line["accuracy"] == curve[line["epochs"] // 2 - 1]
            assert line["elapsed_time"] == pytest.approx(whole * line["epochs"] / 8)
        stopped += (found.groupby("trial_id")["epochs"].max() < 8).sum()
    assert stopped > 10


def test_every_kind_of_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    space = MixedSpace(MixedSpace().decisions[:3], forbids=False)
    monkeypatch.setitem(SPACES, "mixed", space)
    blackbox = syne_tune_blackbox(mixed_space.table_of(space), MIXED, seeds=(0, 1))
    domains = blackbox.configuration_space
    assert isinstance(domains["depth"], Integer)
    assert domains["size"].categories == ["small", "large"]
    assert isinstance(domains["size"], Ordinal)
    assert domains["ratio"].categories == [0.5, 1.0, 4.0]
    assert isinstance(domains["ratio"], Ordinal)
    found = tuned(blackbox, RandomSearch(domains, metrics=["accuracy"], do_minimize=False), trials=20, seed=1)
    for line in found.to_dict("records"):
        values = line["config_depth"], line["config_size"], line["config_ratio"]
        chosen = [values[0] - 1, ("small", "large").index(values[1]), (0.5, 1, 4).index(values[2])]
        assert line["accuracy"] == space.position(space.from_choices(chosen)) + line["epochs"] + 0.5


def test_architectures_with_a_gap_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    space = MixedSpace()
    monkeypatch.setitem(SPACES, "mixed", space)
    table = mixed_space.table_of(space, gap=True)
    with pytest.raises(ValueError, match="1 of 26 architectures lack a number"):
        syne_tune_blackbox(table, MIXED, seeds=(0, 1), by="architecture")
    blackbox = syne_tune_blackbox(table, MIXED, seeds=(0, 1), by="architecture", leave_out=True)
    offered = blackbox.configuration_space["architecture"].categories
    assert offered == [str(one) for one in space][:-1]
    assert not np.isnan(blackbox.objectives_evaluations).any()


def test_what_cannot_be_a_blackbox(cells: Table) -> None:
    with pytest.raises(ValueError, match="combinations of options of nb101 have numbers in nb101-digits"):
        syne_tune_blackbox(open_oracle("nb101-digits"), DIGITS)
    with pytest.raises(ValueError, match="not 'cell'"):
        syne_tune_blackbox(cells, CIFAR, by="cell")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has no seeds '888'"):
        syne_tune_blackbox(cells, CIFAR, seeds=(777, 888))


def test_why_gaps_are_refused() -> None:
    """What syne-tune does with NaN; where it comes to do better, so can we."""
    numbers = np.array([[[[10.0, 1.0], [np.nan, np.nan], [30.0, 3.0]]], [[[np.nan, 1.0], [20.0, 2.0], [40.0, 3.0]]]])
    blackbox = BlackboxTabular(
        hyperparameters=pd.DataFrame({"a": ["x", "y"], "b": ["z", "z"]}),
        configuration_space={"a": choice(["x", "y"]), "b": "z"},
        fidelity_space={"epochs": randint(1, 3)},
        objectives_evaluations=numbers,
        objectives_names=["accuracy", "elapsed_time"],
    )
    assert np.isnan(blackbox.objective_function({"a": "x", "b": "z"}, {"epochs": 2}, seed=0)["accuracy"])
    _, filled = blackbox.hyperparameter_objectives_values()
    accuracy = filled["accuracy"].to_numpy().reshape(3, 2)
    assert accuracy[1, 0] == 10, "the epoch before"
    assert accuracy[0, 1] == 40, "the last epoch, for the first"


def test_one_hyperparameter_is_too_few_for_its_tables() -> None:
    """Why a blackbox by architecture has the space as a second one."""
    blackbox = BlackboxTabular(
        hyperparameters=pd.DataFrame({"a": ["x", "y"]}),
        configuration_space={"a": choice(["x", "y"])},
        fidelity_space={"epochs": randint(1, 1)},
        objectives_evaluations=np.ones((2, 1, 1, 1)),
        objectives_names=["accuracy"],
    )
    with pytest.raises(ValueError, match="zip"):
        blackbox.objective_function({"a": "x"}, seed=0)
