"""The simulated clock, on tables whose times can be worked out by hand, and against NATS-Bench's own simulation."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats_bench
import numpy as np
import pytest

from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.ask.clock import BudgetedOracle, BudgetSpent, Clock, Question, Reuse
from nasrank.bench.oracles.imports.library import import_table, recognise

ROWS = 15_625
ASKED = Question("cifar10", Split.VALID_25K, 12, 777)
CURVE = range(1, 13)
ROW = np.arange(ROWS, dtype=np.float64)


def of(
    metric: str, split: Split, seeds: int | str | None, curve: range | None = None, epochs: int | None = 12
) -> Column:
    return Column(metric, "cifar10", split, epochs, seeds, curve=curve)


def columns() -> dict[Column, np.ndarray]:
    """Row r takes 120 + r seconds to train (seed 888: twice that) and 2 to evaluate; after epoch e it has e percent."""
    accuracy = np.tile(np.arange(1.0, 13.0), (ROWS, 1))
    return {
        of("accuracy", Split.VALID_25K, 777): accuracy[:, -1],
        of("accuracy", Split.VALID_25K, 777, CURVE): accuracy,
        of("accuracy", Split.TEST_25K, 777): accuracy[:, -1] + 50,
        of("accuracy", Split.TEST_50K, 777): accuracy[:, -1] + 60,
        of("training_time", Split.TRAIN_25K, 777): 120 + ROW,
        of("training_time", Split.TRAIN_25K, 888): 240 + 2 * ROW,
        of("evaluation_time", Split.VALID_25K, 777): np.full(ROWS, 2.0),
    }


@pytest.fixture(scope="module")
def table(provenance: Provenance) -> Table:
    return Table.from_arrays(columns(), provenance)


def oracle(table: Table, seconds: float, *, evaluation: bool = True, reuse: Reuse = "nothing") -> BudgetedOracle:
    return BudgetedOracle(table, ASKED, seconds, evaluation=evaluation, reuse=reuse)


def test_training_seconds_of_whole_and_stopped_runs(table: Table) -> None:
    clock = Clock(table, ASKED)
    rows = np.array([0, 12, 15_624])
    assert clock.training_seconds(rows, 12).tolist() == [120.0, 132.0, 15_744.0]
    assert clock.training_seconds(rows, 3).tolist() == [30.0, 33.0, 3_936.0]
    assert clock.training_seconds([table.space.at(12)], 1).tolist() == [11.0]
    assert clock.evaluation_seconds(rows, 3).tolist() == [2.0, 2.0, 2.0]


def test_the_mean_over_seeds(table: Table) -> None:
    clock = Clock(table, replace(ASKED, seeds="mean"))
    assert clock.training_seconds(np.array([0]), 6).tolist() == [90.0]


def test_times_that_grow_along_a_curve(provenance: Provenance) -> None:
    """Where epochs differ in length, the recorded sum counts and not a share of the whole."""
    seconds = np.cumsum(np.arange(1.0, 13.0)) + np.zeros((ROWS, 1))
    passes = np.arange(12.0) / 2 + np.zeros((ROWS, 1))
    table = Table.from_arrays(
        {
            of("training_time", Split.TRAIN_25K, 777): seconds[:, -1],
            of("training_time", Split.TRAIN_25K, 777, CURVE): seconds,
            of("evaluation_time", Split.VALID_25K, 777): passes[:, -1],
            of("evaluation_time", Split.VALID_25K, 777, CURVE): passes,
        },
        provenance,
    )
    clock = Clock(table, ASKED)
    assert [clock.training_seconds(np.array([0]), epoch)[0] for epoch in (1, 3, 12)] == [1.0, 6.0, 78.0]
    assert [clock.evaluation_seconds(np.array([0]), epoch)[0] for epoch in (1, 3, 12)] == [0.0, 1.0, 5.5]
    assert Clock(table, replace(ASKED, seeds="mean")).training_seconds(np.array([0]), 3) == 6.0


def test_a_mean_over_runs_of_which_only_some_have_curves_is_refused(provenance: Provenance) -> None:
    seconds = np.cumsum(np.arange(1.0, 13.0)) + np.zeros((ROWS, 1))
    table = Table.from_arrays(
        {
            of("training_time", Split.TRAIN_25K, 777): seconds[:, -1],
            of("training_time", Split.TRAIN_25K, 777, CURVE): seconds,
            of("training_time", Split.TRAIN_25K, 888): 120 + ROW,
        },
        provenance,
    )
    assert Clock(table, replace(ASKED, seeds=888)).training_seconds(np.array([0]), 3) == 30.0
    with pytest.raises(ValueError, match="only some of the runs"):
        Clock(table, replace(ASKED, seeds="mean")).training_seconds(np.array([0]), 3)


def test_half_way_points_only(provenance: Provenance) -> None:
    """NAS-Bench-101 has two points a run: nothing in between is made up."""
    half = np.array([50.0, 110.0]) + np.zeros((ROWS, 1))
    table = Table.from_arrays(
        {
            of("training_time", Split.TRAIN_25K, 777): half[:, 1],
            of("training_time", Split.TRAIN_25K, 777, range(6, 13, 6)): half,
        },
        provenance,
    )
    clock = Clock(table, ASKED)
    assert [clock.training_seconds(np.array([0]), epoch)[0] for epoch in (6, 12)] == [50.0, 110.0]
    with pytest.raises(ValueError, match="after epoch 7"):
        clock.training_seconds(np.array([0]), 7)


@pytest.mark.parametrize("epochs", [12, None])
def test_a_time_recorded_for_all_seeds_is_the_time_of_each(provenance: Provenance, epochs: int | None) -> None:
    table = Table.from_arrays(
        {
            of("training_time", Split.TRAIN_25K, None): 120 + ROW,
            of("evaluation_time", Split.VALID_25K, None, epochs=epochs): np.full(ROWS, 3.0),
        },
        provenance,
    )
    for seeds in (777, "mean"):
        clock = Clock(table, replace(ASKED, seeds=seeds))
        assert clock.training_seconds(np.array([12]), 6) == 66.0
        assert clock.evaluation_seconds(np.array([12]), 6) == 3.0


def test_the_more_particular_time_counts(provenance: Provenance) -> None:
    passes = {777: (12, 1.0), None: (12, 2.0), "any schedule": (None, 3.0)}
    recorded = {
        of("evaluation_time", Split.VALID_25K, 777 if seeds == 777 else None, epochs=epochs): np.full(ROWS, seconds)
        for seeds, (epochs, seconds) in passes.items()
    }
    table = Table.from_arrays(recorded, provenance)
    asked = (ASKED, replace(ASKED, seeds=888), replace(ASKED, epochs=200))
    assert [Clock(table, one).evaluation_seconds(np.array([0]), 1)[0] for one in asked] == [1.0, 2.0, 3.0]


def test_time_on_other_images_is_never_taken_instead(table: Table) -> None:
    """CIFAR-10's 50k-trained test accuracy is there, the time of that training is not; that of the 25k-trained is."""
    with pytest.raises(ValueError, match="train_50k"):
        Clock(table, replace(ASKED, split=Split.TEST_50K)).training_seconds(np.array([0]), 12)
    assert Clock(table, replace(ASKED, split=Split.TEST_25K)).training_seconds(np.array([0]), 12) == 120.0


@pytest.mark.parametrize("epoch", [0, 13, -1, 12.0, True, "12", None, np.float64(12)])
def test_epochs_off_the_schedule(table: Table, epoch: int) -> None:
    with pytest.raises(ValueError, match="schedule of 12 epochs"):
        Clock(table, ASKED).training_seconds(np.array([0]), epoch)
    with pytest.raises(ValueError, match="schedule of 12 epochs"):
        oracle(table, 1e9).ask(0, epoch)


def test_answers_are_charged_training_and_one_pass(table: Table) -> None:
    asked = oracle(table, 1_000)
    first = asked.ask(table.space.at(12), 6)
    second = asked.ask(0, 12)
    assert (first.accuracy, first.seconds, first.spent, first.remaining) == (6.0, 68.0, 68.0, 932.0)
    assert (second.accuracy, second.seconds, second.spent, second.remaining) == (12.0, 122.0, 190.0, 810.0)
    assert asked.history == [first, second]
    assert asked.spent == 190.0
    assert first.architecture == table.space.at(12)


def test_training_alone(table: Table) -> None:
    assert oracle(table, 1_000, evaluation=False).ask(0, 12).seconds == 120.0


def test_the_budget_is_never_overspent(table: Table) -> None:
    asked = oracle(table, 150)
    asked.ask(0, 12)
    with pytest.raises(BudgetSpent, match=r"12 epochs costs 122\.0 s; 28\.0 s of 150\.0 s are left"):
        asked.ask(0, 12)
    assert asked.spent == 122.0
    assert asked.ask(0, 1).spent == 134.0, "a cheaper question is still answered"
    assert len(asked.history) == 2


def test_a_budget_can_be_spent_to_the_last_second(table: Table) -> None:
    assert oracle(table, 122).ask(0, 12).remaining == 0.0


@pytest.mark.parametrize(
    ("reuse", "prices"),
    [("nothing", [32, 32, 62, 32]), ("answers", [32, 0, 62, 0]), ("training", [32, 0, 32, 0])],
)
def test_what_is_not_paid_twice(table: Table, reuse: Reuse, prices: list[float]) -> None:
    asked = oracle(table, 1_000, reuse=reuse)
    assert [asked.ask(0, epoch).seconds for epoch in (3, 3, 6, 3)] == prices
    assert asked.spent == sum(prices)


def test_a_checkpoint_passed_by_costs_its_evaluation_only(table: Table) -> None:
    asked = oracle(table, 1_000, reuse="training")
    asked.ask(0, 6)
    assert asked.ask(0, 4).seconds == 2.0
    assert asked.ask(0, 8).seconds == 22.0, "goes on from epoch 6, not from 4"
    assert asked.ask(12, 8).seconds == 90.0, "another architecture starts from scratch"


def test_a_refused_question_trains_nothing(table: Table) -> None:
    asked = oracle(table, 100, reuse="training")
    with pytest.raises(BudgetSpent):
        asked.ask(0, 12)
    assert asked.ask(0, 6).seconds == 62.0


def test_an_accuracy_measured_at_the_end_only_is_no_answer_before(table: Table) -> None:
    """NATS-Bench#33: a KeyError once, and now the accuracy on other images."""
    asked = BudgetedOracle(table, replace(ASKED, split=Split.TEST_25K), 1_000, evaluation=False, reuse="nothing")
    with pytest.raises(ValueError, match=r"no curve .*test_25k"):
        asked.ask(0, 6)
    assert asked.spent == 0
    assert asked.ask(0, 12).accuracy == 62.0


def test_a_missing_value_is_no_answer_and_costs_nothing(provenance: Provenance) -> None:
    with_gaps = columns()
    curve = with_gaps[of("accuracy", Split.VALID_25K, 777, CURVE)].copy()
    curve[5, 2] = np.nan
    with_gaps[of("accuracy", Split.VALID_25K, 777, CURVE)] = curve
    asked = oracle(Table.from_arrays(with_gaps, provenance), 1_000)
    with pytest.raises(ValueError, match="missing after epoch 3"):
        asked.ask(5, 3)
    assert asked.spent == 0
    assert asked.ask(5, 4).accuracy == 4.0


def test_impossible_budgets_and_reuse_are_refused(table: Table) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        oracle(table, 0)
    with pytest.raises(ValueError, match="positive number of seconds"):
        oracle(table, float("nan"))
    with pytest.raises(ValueError, match="reuse"):
        oracle(table, 1, reuse="everything")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def three_records(nasrank_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Table, Any]:
    """The genuine records of NATS-Bench's cells 0, 11 and 284: our table, and the official package's object."""
    folder = nasrank_data / "NATS-tss-v1_0-3ffb9-simple"
    cache = tmp_path_factory.mktemp("three-records")
    table = import_table(folder, format=recognise(folder), cache=cache).table
    return table, nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)


@pytest.mark.data
@pytest.mark.parametrize("epochs", [12, 200])
@pytest.mark.parametrize("index", [0, 11, 284])
@pytest.mark.parametrize("dataset", ["cifar10", "cifar100", "ImageNet16-120"])
def test_the_official_simulation(
    three_records: tuple[Table, Any], monkeypatch: pytest.MonkeyPatch, dataset: str, index: int, epochs: int
) -> None:
    """Accuracy, price and running sum are those of simulate_train_eval, for each seed that it might draw."""
    table, official = three_records
    cell = table.rows.parse(official.arch(index))
    trained_as = "cifar10-valid" if dataset == "cifar10" else dataset
    split = Split.VALID_25K if dataset == "cifar10" else Split.VALID
    seeds = official.query_meta_info_by_index(index, hp=str(epochs)).get_dataset_seeds(trained_as)
    assert seeds
    for seed in seeds:
        monkeypatch.setattr(random, "choice", lambda _, drawn=seed: drawn)
        official.reset_time()
        question = Question(dataset, split, epochs, seed)
        asked = BudgetedOracle(table, question, 1e9, evaluation=True, reuse="nothing")
        for epoch in (1, 6, epochs) if dataset == "cifar10" else (epochs, epochs):
            accuracy, _, seconds, spent = official.simulate_train_eval(index, dataset, epoch - 1, str(epochs))
            answer = asked.ask(cell, epoch)
            assert answer.accuracy == accuracy
            assert (answer.seconds, answer.spent) == pytest.approx((seconds, spent), rel=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("dataset", ["cifar100", "ImageNet16-120"])
def test_before_the_last_epoch_the_official_simulation_answers_another_question(
    three_records: tuple[Table, Any], monkeypatch: pytest.MonkeyPatch, dataset: str
) -> None:
    """NATS-Bench#33: it charges a pass over the validation half, and gives the accuracy on all test images."""
    table, official = three_records
    cell = table.rows.parse(official.arch(11))
    monkeypatch.setattr(random, "choice", lambda seeds: seeds[0])
    seed = official.query_meta_info_by_index(11, hp="200").get_dataset_seeds(dataset)[0]
    accuracy, _, seconds, _ = official.simulate_train_eval(11, dataset, 24, "200")

    on_half = Question(dataset, Split.VALID, 200, seed)
    with pytest.raises(ValueError, match="curve"):
        BudgetedOracle(table, on_half, 1e9, evaluation=True, reuse="nothing").ask(cell, 25)
    clock = Clock(table, on_half)
    paid = clock.training_seconds([cell], 25) + clock.evaluation_seconds([cell], 25)
    assert paid == pytest.approx([seconds], rel=1e-9)

    on_all = BudgetedOracle(table, replace(on_half, split=Split.VALTEST), 1e9, evaluation=False, reuse="nothing")
    assert on_all.ask(cell, 25).accuracy == accuracy
