"""What a record must satisfy; every refusal says which architecture and which training it is about."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import nb201_files as files
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.oracles.ask.draft import Workshop
from nasrank.bench.oracles.imports.formats.nb201 import collector
from nasrank.bench.oracles.imports.formats.nb201.origins import NATS_BENCH
from nasrank.bench.oracles.imports.formats.nb201.records import Architecture, read_record

INDEX = 41
GENERATED = files.invented_record(np.random.default_rng(0), INDEX, seeds=[888], names=["cifar100"])
RUN = ("cifar100", 888)


@pytest.fixture
def record() -> Any:
    return copy.deepcopy(GENERATED)


def run(record: Any) -> Any:
    return record["full"]["all_results"][RUN]


def rename(old: str, new: str) -> Callable[[Any], None]:
    def change(record: Any) -> None:
        values = run(record)["eval_acc1es"]
        values[new] = values.pop(old)

    return change


def setting(field: str, value: Any) -> Callable[[Any], None]:
    return lambda record: run(record).__setitem__(field, value)


def entry(field: str, key: Any, value: Any) -> Callable[[Any], None]:
    return lambda record: run(record)[field].__setitem__(key, value)


def removal(field: str, key: Any) -> Callable[[Any], None]:
    return lambda record: run(record)[field].pop(key)


def of_state(field: str, value: Any) -> Callable[[Any], None]:
    return lambda record: record["full"].__setitem__(field, value)


IN_A_RUN = [
    (removal("train_acc1es", 7), "train_acc1es has 199 of 200 epochs"),
    (setting("train_losses", None), "train_losses is empty"),
    (entry("train_losses", 200, 1.0), "unknown entry 200; known are 0 to 199"),
    (entry("train_times", 3, np.nan), "not finite"),
    (entry("train_times", 3, -1.0), "outside 0 to inf"),
    (entry("train_acc1es", 3, 100.5), "outside 0 to 100"),
    (entry("eval_acc1es", "ori-test@3", -0.1), "outside 0 to 100"),
    (entry("train_acc1es", 3, "97"), "something else than numbers"),
    (entry("train_acc1es", 3, [97.0]), "something else than numbers"),
    (setting("train_acc1es", "97"), "is a str, not numbers by epoch"),
    (rename("x-valid@199", "y-valid@199"), "unknown entry 'y-valid@199'"),
    (rename("ori-test@7", "ori-test@07"), "unknown entry 'ori-test@07'"),
    (setting("epochs", 199), "it says that it has 199 epochs, the schedule has 200"),
    (setting("seed", 777), "these are the results on 'cifar100' with seed 777"),
    (setting("name", "cifar10"), "these are the results on 'cifar10' with seed '0888'"),
    (setting("params", None), "not a number of millions"),
    (setting("flop", -1.0), "not a number of millions"),
    (setting("params", 10**400), "not a number of millions"),
    (setting("flop", np.array([1.0, 2.0])), "not a number of millions"),
    (setting("latency", ["fast"]), "something else than numbers"),
    (setting("latency", 0.5), "latency is a float, not a list of seconds"),
    (setting("latency", 0), "latency is a int, not a list of seconds"),
    (setting("latency", ""), "latency is a str, not a list of seconds"),
    (setting("latency", np.array([0.1, 0.2])), "latency is a ndarray, not a list of seconds"),
    (setting("latency", [np.array([0.1, 0.2])]), "something else than numbers: a ndarray"),
    (setting("train_times", 0), "train_times is a int, not numbers by epoch"),
    (setting("train_acc5es", np.zeros(200)), "train_acc5es is a ndarray, not numbers by epoch"),
    (setting("name", np.array(["cifar100"] * 2)), "its name is a ndarray, not a str"),
    (setting("seed", np.array([888, 888])), "its seed is a ndarray, not a int or a str"),
    (setting("epochs", np.array([200, 200])), "its epochs is a ndarray, not a int"),
    (entry("train_losses", 3, 10**400), "larger than any float"),
    (entry("eval_losses", "ori-test@3", -np.inf), "outside 0 to inf"),
    (lambda record: run(record).pop("flop"), "it has no flop"),
]

IN_A_RECORD = [
    (of_state("arch_str", files.CELLS[3]), "is not about one cell"),
    (of_state("arch_str", "|none~0|"), "is not about one cell"),
    (of_state("arch_str", None), "arch_str is a NoneType"),
    (of_state("arch_index", 40), "is that of architecture 40"),
    (of_state("arch_index", ""), "arch_index is a str, not a int"),
    (of_state("arch_index", np.array([41, 41])), "arch_index is a ndarray, not a int"),
    (of_state("dataset_seed", {"cifar100": [777]}), "differ in cifar100 with seed 777, cifar100 with seed 888"),
    (of_state("dataset_seed", {"cifar100": 888}), "cifar100 is a int, not a list"),
    (of_state("all_results", [1]), "all_results is a list"),
    (of_state("all_results", {"cifar100": {}}), "not kept by data set and seed"),
    (lambda record: record.__setitem__("90", record.pop("full")), "a schedule '90'; known are less, 12, full, 200"),
    (lambda record: record.__setitem__("full", 3), "holds a int where results belong"),
    (lambda record: record.clear(), "not a dictionary of schedules"),
]


def test_as_generated_it_is_right(record: Any):
    architecture = read_record(INDEX, record)
    assert architecture.index == INDEX
    names = {(one.name, one.epochs, one.seed) for one in architecture.trainings}
    assert names == {
        ("cifar10-valid", 12, 111),
        ("cifar10-valid", 12, 777),
        ("cifar10", 12, 111),
        ("cifar100", 12, 111),
        ("ImageNet16-120", 12, 111),
        ("cifar100", 200, 888),
    }


@pytest.mark.parametrize(("change", "words"), IN_A_RUN, ids=[words for _, words in IN_A_RUN])
def test_refusals_of_a_training(record: Any, change: Callable[[Any], Any], words: str):
    change(record)
    with pytest.raises(DataError) as refusal:
        read_record(INDEX, record)
    assert words in str(refusal.value)
    assert f"architecture 41 ({files.CELLS[INDEX]}): trained on cifar100 with seed 888" in str(refusal.value)


@pytest.mark.parametrize(("change", "words"), IN_A_RECORD, ids=[words for _, words in IN_A_RECORD])
def test_refusals_of_a_record(record: Any, change: Callable[[Any], Any], words: str):
    change(record)
    with pytest.raises(DataError) as refusal:
        read_record(INDEX, record)
    assert words in str(refusal.value)
    assert "architecture 41" in str(refusal.value)


ADMITTED = [
    (removal("eval_acc1es", "ori-test@3"), "accuracy", Split.VALTEST, 3, np.nan),
    (removal("eval_acc1es", "ori-test@199"), "accuracy", Split.VALTEST, 199, np.nan),
    (rename("x-valid@199", "x-valid@198"), "accuracy", Split.VALID, 199, np.nan),
    (removal("eval_losses", "ori-test@3"), "loss", Split.VALTEST, 3, np.nan),
    (entry("eval_losses", "ori-test@3", np.inf), "loss", Split.VALTEST, 3, np.inf),
    (entry("eval_losses", "x-valid@199", np.nan), "loss", Split.VALID, 199, np.inf),
    (entry("train_losses", 7, np.nan), "loss", Split.TRAIN, 7, np.inf),
    (entry("train_acc1es", 199, 100.0000002), "accuracy", Split.TRAIN, 199, 100.0000002),
]


@pytest.mark.parametrize(("change", "metric", "split", "epoch", "value"), ADMITTED)
def test_what_a_published_file_may_have_does_not_cost_the_file(record: Any, change, metric, split, epoch, value):
    """Epochs that were not measured, a loss that diverged, a percentage averaged in single precision."""
    change(record)
    training = next(one for one in read_record(INDEX, record).trainings if one.epochs == 200)
    np.testing.assert_equal(training.curves[metric, split][epoch], value)
    assert not np.isnan(training.curves[metric, split]).all()


def test_the_first_release_lacks_what_the_package_fills_in(record: Any):
    for field in ("train_acc5es", "train_times", "eval_times", "latency"):
        del run(record)[field]
    training = next(one for one in read_record(INDEX, record).trainings if one.epochs == 200)
    assert {metric for metric, _ in training.curves} == {"accuracy", "loss"}
    assert np.isnan(training.costs["latency"])


@pytest.mark.parametrize(("latency", "seconds"), [([0.25, 0.75], 0.5), ([-1], np.nan), (None, np.nan)])
def test_latency_is_the_mean_of_the_passes(record: Any, latency, seconds):
    run(record)["latency"] = latency
    training = next(one for one in read_record(INDEX, record).trainings if one.epochs == 200)
    np.testing.assert_equal(training.costs["latency"], seconds)


def test_a_count_that_is_not_whole_is_kept_as_it_is(record: Any):
    run(record)["params"] = 0.1234567
    training = next(one for one in read_record(INDEX, record).trainings if one.epochs == 200)
    assert training.costs["parameters"] == pytest.approx(123456.7)


@pytest.mark.parametrize("seed", [None, "888", 888.0, -1, True])
def test_seeds_that_no_training_has(record: Any, seed: Any):
    state = record["full"]
    state["all_results"] = {("cifar100", seed): run(record) | {"seed": seed}}
    state["dataset_seed"] = {"cifar100": [seed]}
    with pytest.raises(DataError, match="its seed is not a whole number from 0 on"):
        read_record(INDEX, record)


@pytest.mark.parametrize("name", ["cifar10-test", "ImageNet"])
def test_unknown_data_sets(record: Any, name: str):
    state = record["full"]
    state["all_results"] = {(name, 888): run(record)}
    state["dataset_seed"] = {name: [888]}
    with pytest.raises(DataError, match="unknown data set; known are cifar10-valid"):
        read_record(INDEX, record)


@pytest.mark.parametrize("index", [-1, 15625, "41", 41.0, None, True])
def test_indices_that_no_architecture_has(record: Any, index: Any):
    with pytest.raises(DataError, match="its index is not a number from 0 to 15624"):
        read_record(index, record)


def test_lists_stand_for_epochs_in_order(record: Any):
    run(record)["train_acc1es"] = losses = [float(epoch) / 2 for epoch in range(200)]
    training = next(one for one in read_record(INDEX, record).trainings if one.epochs == 200)
    assert training.curves["accuracy", Split.TRAIN].tolist() == losses


def test_a_seed_may_be_written_as_a_number(record: Any):
    run(record)["seed"] = 888
    assert len(read_record(INDEX, record).trainings) == 6


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a record; of numbers by epoch, to the first and the last."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    for key in keys if len(keys) < 30 else [keys[0], keys[-1]]:
        yield (*path, key)
        yield from places(node[key], (*path, key))


FUZZED = files.invented_record(np.random.default_rng(1), 1, short_names=["cifar100"], names=["cifar10"], seeds=[888])
ATOMS = st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=3) | st.binary()
ARRAYS = arrays.arrays(st.sampled_from(["f8", "i8", "?"]), arrays.array_shapes(min_dims=0, min_side=0, max_side=3))
SMALL = st.recursive(
    ATOMS | ARRAYS, lambda some: st.lists(some, max_size=3) | st.dictionaries(ATOMS, some, max_size=2), max_leaves=4
)


@pytest.mark.slow
@settings(max_examples=400)
@given(place=st.sampled_from([*places(FUZZED)]), value=SMALL)
def test_whatever_stands_anywhere_it_is_read_or_refused(place: tuple[Any, ...], value: Any):
    *way, last = place
    node = FUZZED
    for key in way:
        node = node[key]
    original, node[last] = node[last], value
    try:
        assert isinstance(read_record(1, FUZZED), Architecture)
    except DataError:
        pass
    finally:
        node[last] = original


def nested() -> list[Any]:
    """2^60 texts when it is written out."""
    thing: list[Any] = ["x"]
    for _ in range(60):
        thing = [thing, thing]
    return thing


class TestWhatIsShared:
    """A few hundred bytes can describe what takes gigabytes to say or to hold (cases, group 6)."""

    @pytest.mark.parametrize("field", ["flop", "params", "epochs", "seed", "name", "latency", "train_losses"])
    def test_a_shared_object_in_a_training(self, record: Any, field: str):
        run(record)[field] = nested()
        with pytest.raises(DataError) as refusal:
            read_record(INDEX, record)
        assert len(str(refusal.value)) < 1000

    @pytest.mark.parametrize("field", ["arch_index", "arch_str", "dataset_seed", "all_results"])
    def test_a_shared_object_in_a_schedule(self, record: Any, field: str):
        for value in (
            nested(),
            {"cifar100": nested()},
            {("cifar100", 888): nested()},
            {"x" * 10**6: [1]},
            {"x" * 10**6: 1},
        ):
            changed = copy.deepcopy(record["full"]) | {field: value}
            with pytest.raises(DataError) as refusal:
                read_record(INDEX, {"full": changed})
            assert len(str(refusal.value)) < 1000

    def test_a_shared_object_as_the_index(self, record: Any):
        with pytest.raises(DataError, match=r"architecture \[\[a list of 2, a list of 2\]"):
            read_record(nested(), record)

    def test_trainings_that_share_their_results(self, record: Any):
        state = record["full"]
        state["all_results"] = {("cifar100", seed): run(record) for seed in range(2500)}
        state["dataset_seed"] = {"cifar100": [*range(2500)]}
        with pytest.raises(DataError, match="it has 2,500 trainings for schedule full, admitted are 64"):
            read_record(INDEX, record)

    def test_a_list_of_seeds_that_is_longer_than_the_results(self, record: Any):
        record["full"]["dataset_seed"] = {"cifar100": [888] * 10**6}
        with pytest.raises(DataError, match="dataset_seed for schedule full has 1,000,000 seeds, its results 1"):
            read_record(INDEX, record)

    def test_more_entries_than_epochs(self, record: Any):
        run(record)["eval_losses"] = dict.fromkeys(range(10**6), 0.5)
        with pytest.raises(DataError, match="eval_losses has an unknown entry 0"):
            read_record(INDEX, record)

    def test_many_passes(self, record: Any):
        run(record)["latency"] = [0.5] * 1001
        with pytest.raises(DataError, match="latency has 1,001 passes, admitted are 1,000"):
            read_record(INDEX, record)


class TestSeedsOfASource:
    def add(self, seeds: range, workshop: Workshop) -> collector.Collector:
        here = collector.Collector(workshop)
        for index, seed in enumerate(seeds):
            record = copy.deepcopy(GENERATED["full"])
            result = record["all_results"].pop(RUN) | {"seed": seed}
            changes = {"arch_index": index, "arch_str": files.CELLS[index], "dataset_seed": {"cifar100": [seed]}}
            here.add(read_record(index, {"full": record | changes | {"all_results": {("cifar100", seed): result}}}))
        return here

    def test_as_many_as_are_admitted_and_one_more(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
        """Each record may have seeds of its own, and every seed is a column of the whole space."""
        monkeypatch.setattr(collector, "MOST_SEEDS", 2)
        draft = self.add(range(2), workshop).draft(files.CELLS, None, NATS_BENCH)
        assert {column.seeds for column in draft.columns if column.metric == "accuracy"} == {0, 1}
        with pytest.raises(DataError, match="with architecture 2 there are more than 2 different seeds"):
            self.add(range(3), workshop)

    @pytest.mark.parametrize(
        "cells",
        [nested(), [nested(), *files.CELLS[1:]], dict.fromkeys(files.CELLS, 1), [None] * 15_625, files.CELLS[1:]],
        ids=["shared", "one", "dictionary", "nothing", "fewer"],
    )
    def test_a_list_of_cells_that_is_none(self, cells: Any, workshop: Workshop):
        with pytest.raises(DataError, match="its meta_archs is not a list of the 15,625 cells"):
            self.add(range(1), workshop).draft(cells, None, NATS_BENCH)

    @pytest.mark.parametrize("evaluated", [nested(), [nested()], [1], [0, 0], {"0"}, (None,)])
    def test_a_list_of_indexes_that_is_none(self, evaluated: Any, workshop: Workshop):
        with pytest.raises(DataError, match=r"its evaluated_indexes name \d architectures, but its records are"):
            self.add(range(1), workshop).draft(files.CELLS, evaluated, NATS_BENCH)
