"""Tables for ConfigSpace: its own samples are looked up, in spaces with every kind of decision."""

from __future__ import annotations

import ConfigSpace
import mixed_space
import numpy as np
import pytest
from mixed_space import MixedSpace

from nasrank.bench.oracles import Column, Provenance, Split, Table, open_oracle
from nasrank.bench.oracles.ask.clock import Question
from nasrank.bench.oracles.export.configspace import configuration_space, evaluation
from nasrank.bench.oracles.export.hyperparameters import choices_of, config_of
from nasrank.spaces import SPACES, get_space
from nasrank.testing.trellis import Trellis

ANALOG = Question("cifar10", Split.TEST_50K_AUGMENTED, 200, "one_run")
MIXED = Question("cifar10", Split.VALID_25K, 6, 1)


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> MixedSpace:
    space = MixedSpace()
    monkeypatch.setitem(SPACES, "mixed", space)
    return space


def test_its_samples_have_the_values_of_the_table() -> None:
    table = open_oracle("analog-nasbench")
    evaluate = evaluation(table, ANALOG)
    configs = configuration_space(evaluate.space, seed=0).sample_configuration(50)
    cells = [
        table.space.from_choices([one.options.index(config[one.name]) for one in table.space.decisions])
        for config in configs
    ]
    assert len(set(cells)) > 45
    expected = table.accuracy(cells, dataset="cifar10", split=ANALOG.split, epochs=200, seeds="one_run")
    assert [evaluate(config)["accuracy"] for config in configs] == expected.tolist()
    assert [evaluate(dict(config))["accuracy"] for config in configs] == expected.tolist()


def test_a_table_without_times_says_so() -> None:
    evaluate = evaluation(open_oracle("analog-nasbench"), ANALOG)
    assert "no metric 'training_time'" in evaluate.untimed
    config = dict(configuration_space(evaluate.space, seed=0).sample_configuration())
    assert np.isnan(evaluate(config)["seconds"])


def test_every_kind_of_decision(mixed: MixedSpace) -> None:
    found = configuration_space(mixed, seed=0)
    depth, size, ratio, activation = (found[name] for name in ("depth", "size", "ratio", "activation"))
    assert isinstance(depth, ConfigSpace.UniformIntegerHyperparameter)
    assert (depth.lower, depth.upper) == (1, 3)
    assert isinstance(size, ConfigSpace.OrdinalHyperparameter)
    assert tuple(size.sequence) == ("small", "large")
    assert isinstance(ratio, ConfigSpace.OrdinalHyperparameter)
    assert tuple(ratio.sequence) == (0.5, 1, 4)
    assert isinstance(activation, ConfigSpace.CategoricalHyperparameter)


def test_conditions_forbidden_combinations_and_times(mixed: MixedSpace) -> None:
    evaluate = evaluation(mixed_space.table_of(mixed), MIXED)
    seen = {"forbidden": 0, "inactive": 0, "active": 0}
    for config in configuration_space(mixed, seed=0).sample_configuration(200):
        answer = evaluate(config)
        is_active = config["depth"] > 1 or config["ratio"] == 4
        assert ("activation" in config) == is_active
        if config["depth"] == 3 and config["size"] == "small":
            seen["forbidden"] += 1
            assert np.isnan([answer["accuracy"], answer["seconds"]]).all()
            continue
        seen["active" if is_active else "inactive"] += 1
        position = next(
            place
            for place, choices in enumerate(mixed.choices().tolist())
            if choices[0] == config["depth"] - 1
            and mixed.decisions[1].options[choices[1]] == config["size"]
            and mixed.decisions[2].values[choices[2]] == config["ratio"]
            and mixed.decisions[3].options[choices[3]] == config.get("activation", "relu")
        )
        assert answer == {"accuracy": position + 6.5, "seconds": 6 * (10 + position)}
    assert min(seen.values()) > 10


def test_conditions_on_conditional_decisions() -> None:
    """A space in which they hang on one another, some on any of three others."""
    space = Trellis(layers=5, levels=3)
    assert max(len(one.when) for one in space.decisions) == 3
    inactive = 0
    for config in configuration_space(space, seed=3).sample_configuration(50):
        active = space.active(space.from_choices(choices_of(space, config)))
        assert [one.name in config for one in space.decisions] == list(active)
        inactive += not all(active)
    assert inactive > 10


def test_the_seed_decides_what_is_drawn() -> None:
    first, same, other = (
        configuration_space(get_space("nb201"), seed=seed).sample_configuration(5) for seed in (1, 1, 2)
    )
    assert first == same
    assert first != other


def test_a_larger_space_than_the_tables_own() -> None:
    """Only cells with ReLU everywhere are in a table of NAS-Bench-201."""
    table = open_oracle("analog-nasbench")
    evaluate = evaluation(table, ANALOG, space="nb201-activations")
    config = {one.name: "nor_conv_1x1" for one in table.space.decisions}
    edges = [name.removeprefix("edge ") for name in config]
    answer = evaluate(config | {f"activation {edge}": "relu" for edge in edges})
    expected = table.values([table.space.from_choices([2] * 6)], metric="accuracy", **vars(ANALOG))
    assert table.space.decisions[0].options[2] == "nor_conv_1x1"
    assert answer["accuracy"] == expected[0]
    assert np.isnan(evaluate(config | {f"activation {edge}": "silu" for edge in edges})["accuracy"])


def test_what_a_table_of_a_part_of_its_space_does_not_have() -> None:
    evaluate = evaluation(open_oracle("nb101-digits"), Question("digits", Split.TEST_TABULATED, 8, 0))
    config = {one.name: one.options[0] for one in evaluate.space.decisions}
    assert np.isnan(evaluate(config)["accuracy"]), "no edge leads to the output"
    smallest = evaluate(config | {"edge 0->6": "present"})
    assert smallest["accuracy"] > 10
    assert smallest["seconds"] > 0
    chain = {f"edge {vertex}->{vertex + 1}": "present" for vertex in range(6)}
    assert np.isnan(evaluate(config | chain)["accuracy"]), "seven vertices, of which the table has none"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"deepness": 2}, "mixed has no decision 'deepness'; it has activation, depth, ratio, size"),
        ({"depth": 4}, "depth has no option 4; it has 1, 2, 3"),
        ({"depth": True}, "depth has no option True"),
        ({"size": "huge"}, "size has no option 'huge'; it has small, large"),
        ({"depth": 2}, "says nothing of activation"),
    ],
)
def test_configurations_that_are_none(mixed: MixedSpace, change: dict[str, object], message: str) -> None:
    evaluate = evaluation(mixed_space.table_of(mixed), MIXED)
    config = {"depth": 1, "size": "small", "ratio": 0.5}
    assert evaluate(config)["accuracy"] == evaluate(config | {"ratio": "0.5", "depth": "1"})["accuracy"] == 6.5
    with pytest.raises(ValueError, match=message):
        evaluate(config | change)


@pytest.mark.parametrize(
    ("question", "space", "message"),
    [
        (Question("cifar10", Split.TEST_50K, 200, "one_run"), None, "has no split 'test_50k'"),
        (Question("cifar10", Split.TEST_50K_AUGMENTED, 12, "one_run"), None, "has no epochs '12'"),
        (Question("cifar10", Split.TEST_50K_AUGMENTED, 200, 777), None, "has no seeds '777'"),
        (ANALOG, "nb101", "is a table of nb201, and nb101 does not contain that space"),
        (ANALOG, "nb999", "unknown search space 'nb999'"),
    ],
)
def test_questions_that_the_table_cannot_answer(question: Question, space: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluation(open_oracle("analog-nasbench"), question, space=space)


def test_a_number_that_is_missing_is_nan(provenance: Provenance) -> None:
    known = np.full(15_625, 50.0)
    known[7] = np.nan
    table = Table.from_arrays({Column("accuracy", "cifar10", Split.TEST_50K, 200, 777): known}, provenance)
    evaluate = evaluation(table, Question("cifar10", Split.TEST_50K, 200, 777))
    config = config_of(table.space.decisions, table.space.to_choices(table.space.at(7)))
    assert np.isnan(evaluate(config)["accuracy"])
    assert evaluate(config | {"edge 0->1": "skip_connect"})["accuracy"] == 50
