"""Tables as Optuna objectives: studies whose trials are looked up again, and what prunes them."""

from __future__ import annotations

from dataclasses import replace

import mixed_space
import numpy as np
import optuna
import pytest
from mixed_space import MixedSpace
from optuna.trial import TrialState

from nasrank.bench.oracles import Column, Split, open_oracle
from nasrank.bench.oracles.ask.clock import Question
from nasrank.bench.oracles.export.optuna_objective import Objective, objective
from nasrank.spaces import SPACES

optuna.logging.set_verbosity(optuna.logging.WARNING)

ANALOG = Question("cifar10", Split.TEST_50K_AUGMENTED, 200, "one_run")
MIXED = Question("cifar10", Split.VALID_25K, 6, 0)


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> MixedSpace:
    space = MixedSpace()
    monkeypatch.setitem(SPACES, "mixed", space)
    return space


def studied(
    asked: Objective, trials: int, pruner: optuna.pruners.BasePruner | None = None, seed: int = 0
) -> optuna.Study:
    sampler = optuna.samplers.RandomSampler(seed=seed)
    study = optuna.create_study(
        directions=asked.directions, sampler=sampler, pruner=pruner or optuna.pruners.NopPruner()
    )
    study.optimize(asked, n_trials=trials)
    return study


def test_the_best_of_thirty_trials_has_the_value_of_the_table() -> None:
    table = open_oracle("analog-nasbench")
    asked = objective(table, ANALOG)
    sampler = optuna.samplers.TPESampler(seed=0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(asked, n_trials=30)
    cells = [trial.user_attrs["architecture"] for trial in study.trials]
    values = table.accuracy(cells, dataset="cifar10", split=ANALOG.split, epochs=200, seeds="one_run")
    assert [trial.value for trial in study.trials] == values.tolist()
    assert study.best_value == values.max()
    best = table.space.parse(study.best_trial.user_attrs["architecture"])
    options = [study.best_params[one.name] for one in table.space.decisions]
    assert best == table.space.from_choices([table.space.decisions[0].options.index(one) for one in options])
    assert "training_time" in asked.untimed
    assert "seconds" not in study.best_trial.user_attrs


def test_every_kind_of_decision(mixed: MixedSpace) -> None:
    """Integers as themselves, other ordered options by their places, and what is not active not at all."""
    asked = objective(mixed_space.table_of(mixed), MIXED)
    forbidden = 0
    for trial in studied(asked, 80).trials:
        params = trial.params
        assert params["depth"] in (1, 2, 3)
        assert ("activation" in params) == (params["depth"] > 1 or params["ratio"] == 2)
        if params["depth"] == 3 and params["size"] == 0:
            forbidden += 1
            assert trial.state is TrialState.PRUNED
            assert trial.user_attrs == {"why_pruned": "mixed forbids this combination of options"}
            continue
        chosen = (params["depth"] - 1, params["size"], params["ratio"], int(params.get("activation") == "silu"))
        position = mixed.position(mixed.from_choices(chosen))
        assert trial.value == position + 6
        assert trial.user_attrs == {"architecture": str(mixed.at(position)), "seconds": 6.0 * (10 + position)}
        assert trial.intermediate_values == {2: position + 2, 4: position + 4}
    assert 5 < forbidden < 30


class AfterEpochFour(optuna.pruners.BasePruner):
    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        del study
        return trial.last_step == 4


def test_a_pruner_stops_a_trial_on_its_curve_and_only_that_is_paid(mixed: MixedSpace) -> None:
    study = studied(objective(mixed_space.table_of(mixed), MIXED), 40, AfterEpochFour())
    stopped = [trial for trial in study.trials if "architecture" in trial.user_attrs]
    assert len(stopped) > 20
    for trial in stopped:
        position = mixed.position(mixed.parse(trial.user_attrs["architecture"]))
        assert trial.state is TrialState.PRUNED
        assert trial.value == position + 4
        assert trial.user_attrs["seconds"] == pytest.approx(4 * (10 + position))
        assert "why_pruned" not in trial.user_attrs


def test_real_curves_under_successive_halving() -> None:
    """On mean curves of cells of NAS-Bench-101, trained on digits."""
    table = open_oracle("nb101-digits")
    question = Question("digits", Split.TEST_TABULATED, 8, "mean")
    study = studied(objective(table, question), 60, optuna.pruners.SuccessiveHalvingPruner(min_resource=2))
    done = [trial for trial in study.trials if trial.state is TrialState.COMPLETE]
    halved = [trial for trial in study.trials if trial.state is TrialState.PRUNED and trial.intermediate_values]
    assert min(len(done), len(halved)) > 5
    for trial in done + halved:
        cell = [trial.user_attrs["architecture"]]
        axes = {"dataset": "digits", "epochs": 8, "seeds": "mean"}
        curve = table.curve(cell, metric="accuracy", split=Split.TEST_TABULATED, **axes)[0]
        whole = table.values(cell, metric="training_time", split=Split.TRAIN_TABULATED, **axes)[0]
        for epoch, value in trial.intermediate_values.items():
            assert value == curve[epoch // 2 - 1]
        paid = 8 if trial in done else max(trial.intermediate_values)
        assert trial.user_attrs["seconds"] == pytest.approx(whole * paid / 8)


def test_questions_and_costs_are_values_of_their_own(mixed: MixedSpace) -> None:
    """One training is paid once, however many splits it was measured on; two seeds are two trainings."""
    table = mixed_space.table_of(mixed)
    test = replace(MIXED, split=Split.TEST_25K)
    asked = objective(table, MIXED, test, costs=["parameters/cifar10"])
    assert asked.directions == ["maximize", "maximize", "minimize"]
    study = studied(asked, 20)
    assert study.best_trials
    for trial in (one for one in study.trials if one.state is TrialState.COMPLETE):
        position = mixed.position(mixed.parse(trial.user_attrs["architecture"]))
        assert trial.values == [position + 6, (position + 6) / 2, 1000 - position]
        assert trial.user_attrs["seconds"] == 6.0 * (10 + position)
        assert not trial.intermediate_values
    two = studied(objective(table, MIXED, replace(MIXED, seeds=1)), 20)
    for trial in (one for one in two.trials if one.state is TrialState.COMPLETE):
        position = mixed.position(mixed.parse(trial.user_attrs["architecture"]))
        assert trial.user_attrs["seconds"] == 12.0 * (10 + position)


def test_a_missing_number_prunes_and_is_never_made_up(mixed: MixedSpace) -> None:
    table = mixed_space.table_of(mixed, gap=True)
    last = mixed.at(len(mixed) - 1)
    study = optuna.create_study(direction="maximize")
    study.enqueue_trial({"depth": 3, "size": 1, "ratio": 2, "activation": "silu"})
    study.optimize(objective(table, replace(MIXED, seeds=1)), n_trials=1)
    (trial,) = study.trials
    assert trial.user_attrs["architecture"] == str(last)
    assert trial.state is TrialState.PRUNED
    assert trial.user_attrs["why_pruned"] == f"invented has no accuracy/cifar10/valid_25k/6/1 of {last}"


def test_a_part_of_a_space_and_a_space_around_the_tables_own() -> None:
    table = open_oracle("analog-nasbench")
    asked = objective(table, ANALOG, space="nb201-activations")
    study = studied(asked, 40)
    why = {trial.user_attrs.get("why_pruned", "") for trial in study.trials}
    assert any("analog-nasbench does not have |" in reason for reason in why)
    pruned = [trial for trial in study.trials if trial.state is TrialState.PRUNED]
    assert 0 < len(pruned) < 40
    for trial in study.trials:
        others = {value for name, value in trial.params.items() if name.startswith("activation")} - {"relu"}
        assert (trial in pruned) == bool(others)


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        (["latency/cifar10"], "has no column 'latency/cifar10'"),
        ([Column("latency", "cifar10")], "has no metric 'latency'"),
        (["official_index"], "official_index is no cost"),
        ([mixed_space.column("accuracy", Split.VALID_25K, 0, range(2, 7, 2))], "curve 2 to 6 is no cost"),
        ("parameters/cifar10", r"give \['parameters/cifar10'\]"),
    ],
)
def test_costs_that_are_none(mixed: MixedSpace, costs: list[str | Column], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        objective(mixed_space.table_of(mixed), MIXED, costs=costs)


def test_questions_that_the_table_cannot_answer(mixed: MixedSpace) -> None:
    table = mixed_space.table_of(mixed)
    for question, message in {
        replace(MIXED, epochs=12): "has no epochs '12'",
        replace(MIXED, split=Split.TEST_50K): "has no split 'test_50k'",
        replace(MIXED, seeds=7): "has no seeds '7'",
    }.items():
        with pytest.raises(ValueError, match=message):
            objective(table, question)
        with pytest.raises(ValueError, match=message):
            objective(table, MIXED, question)
    with pytest.raises(ValueError, match="is a table of mixed, and nb201 does not contain that space"):
        objective(table, MIXED, space="nb201")


def test_a_mean_of_which_only_some_runs_have_a_curve_has_none(mixed: MixedSpace) -> None:
    """It would be a mean over other runs than that at the end."""
    table = mixed_space.table_of(mixed)
    kept = [one for one in table.columns if one.curve is None or one.seeds == 0]
    study = studied(objective(table.part(kept), replace(MIXED, seeds="mean")), 10)
    (trial, *_) = [one for one in study.trials if one.state is TrialState.COMPLETE]
    assert not trial.intermediate_values
    assert np.isclose(trial.value, mixed.position(mixed.parse(trial.user_attrs["architecture"])) + 6.25)
