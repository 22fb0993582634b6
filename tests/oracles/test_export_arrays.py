"""The array behind a syne-tune blackbox, and missing packages; the tool itself is asked in tests/blackbox."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import mixed_space
import numpy as np
import pytest
from mixed_space import MixedSpace

from nasrank.bench.oracles import Split, open_oracle
from nasrank.bench.oracles.ask.clock import Question
from nasrank.bench.oracles.export.configspace import configuration_space
from nasrank.bench.oracles.export.hyperparameters import choices_of, config_of, is_integer_range, values_of
from nasrank.bench.oracles.export.optuna_objective import objective
from nasrank.bench.oracles.export.syne_tune_blackbox import (
    architectures_in,
    decisions_in,
    evaluations,
    syne_tune_blackbox,
)
from nasrank.spaces import SPACES, Decision, get_space

MIXED = Question("cifar10", Split.VALID_25K, 6, 0)


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> MixedSpace:
    space = MixedSpace()
    monkeypatch.setitem(SPACES, "mixed", space)
    return space


def test_seeds_epochs_and_objectives(mixed: MixedSpace) -> None:
    found = evaluations(mixed_space.table_of(mixed), MIXED, seeds=(1, 0))
    assert found.epochs == (2, 4, 6)
    assert found.seeds == (1, 0)
    assert found.values.shape == (len(mixed), 2, 3, 3)
    assert found.values[3, 0].tolist() == [[5.5, 94.5, 26.0], [7.5, 92.5, 52.0], [9.5, 90.5, 78.0]]
    assert found.values[3, 1, :, 0].tolist() == [5, 7, 9]
    assert evaluations(mixed_space.table_of(mixed), replace(MIXED, seeds="mean")).values[3, 0, 2, 0] == 9.25


def test_without_a_curve_there_is_the_end_alone(mixed: MixedSpace) -> None:
    found = evaluations(mixed_space.table_of(mixed), replace(MIXED, split=Split.TEST_25K), seeds=(0, 1))
    assert found.epochs == (6,)
    assert found.values[3, :, 0, 0].tolist() == [4.5, 4.75]


def test_numbers_of_a_real_table() -> None:
    table = open_oracle("nb101-digits")
    found = evaluations(table, Question("digits", Split.TEST_TABULATED, 8, 0), seeds=(0, 1))
    axes = {"dataset": "digits", "split": Split.TEST_TABULATED, "epochs": 8}
    everyone = table.rows.positions
    assert found.epochs == (2, 4, 6, 8)
    assert np.array_equal(found.values[:, :, -1, 0], table.accuracy(everyone, **axes, seeds="all"))
    assert np.array_equal(found.values[:, 1, :-1, 0], table.curve(everyone, metric="accuracy", **axes, seeds=1)[:, :-1])
    assert (np.diff(found.values[..., 2], axis=2) > 0).all()


def test_a_gap_is_refused_or_left_out_and_never_filled(mixed: MixedSpace) -> None:
    table = mixed_space.table_of(mixed, gap=True)
    found = evaluations(table, MIXED, seeds=(0, 1))
    assert np.isnan(found.values[-1, 1, :, :2]).all()
    last = mixed.at(len(mixed) - 1)
    with pytest.raises(
        ValueError, match=f"1 of {len(mixed)} architectures lack a number in seeds 0, 1, .*first.* {last}:"
    ):
        found.complete(table, leave_out=False)
    assert found.complete(table, leave_out=True).tolist() == list(range(len(mixed) - 1))
    assert len(evaluations(table, MIXED).complete(table, leave_out=False)) == len(mixed), "seed 0 has no gap"


def test_a_simulator_needs_times(mixed: MixedSpace) -> None:
    with pytest.raises(ValueError, match=r"needs the time of every run: .* has no metric 'training_time'"):
        evaluations(mixed_space.table_of(mixed, training_time=True), MIXED)
    with pytest.raises(ValueError, match="has no seeds '5'"):
        evaluations(mixed_space.table_of(mixed), MIXED, seeds=(0, 5))


def test_decisions_are_hyperparameters_only_where_every_combination_has_numbers(
    mixed: MixedSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = mixed_space.table_of(mixed)
    rows = np.arange(len(mixed))
    with pytest.raises(ValueError, match=r"26 of the 36 combinations of options of mixed .* by=\"architecture\""):
        decisions_in(table, rows)
    frame = architectures_in(table, rows)
    assert frame["architecture"].tolist() == [str(one) for one in mixed]
    whole = MixedSpace(mixed.decisions[:3], forbids=False)
    monkeypatch.setitem(SPACES, "mixed", whole)
    frame = decisions_in(mixed_space.table_of(whole), np.arange(18))
    assert frame.iloc[7].to_dict() == {"depth": 2, "size": "small", "ratio": 1}
    assert len(frame.drop_duplicates()) == 18


def test_options_and_back() -> None:
    decisions = (
        Decision.integers("layers", 2, 5),
        Decision.integers("width", 8, 24, step=8),
        Decision.reals("rate", 0.5, 1.0, step=0.25),
        Decision("kind", ("a", "b")),
    )
    assert [is_integer_range(one) for one in decisions] == [True, False, False, False]
    assert [values_of(one) for one in decisions] == [(2, 3, 4, 5), (8, 16, 24), (0.5, 0.75, 1.0), ("a", "b")]
    assert {type(value) for value in values_of(decisions[2])} == {float}, "some tools want one type a hyperparameter"
    assert config_of(decisions, (3, 1, 2, 1)) == {"layers": 5, "width": 16, "rate": 1, "kind": "b"}
    space = get_space("nb201")
    for choices in space.choices(np.array([0, 77, 15_624])).tolist():
        assert list(choices_of(space, config_of(space.decisions, choices))) == choices


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("ConfigSpace", "export", lambda table: configuration_space(table.space, seed=0)),
        ("optuna", "export", lambda table: objective(table, MIXED)),
        ("syne_tune", "syne-tune", lambda table: syne_tune_blackbox(table, MIXED)),
        ("huggingface_hub", "syne-tune", lambda table: syne_tune_blackbox(table, MIXED)),
    ],
)
def test_a_package_that_is_not_installed(
    mixed: MixedSpace, monkeypatch: pytest.MonkeyPatch, package: str, extra: str, use: Callable[..., object]
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in (package, "syne_tune")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    installed = package if package != "huggingface_hub" else "(huggingface_hub|syne_tune)"
    with pytest.raises(ValueError, match=rf"^{installed} is not installed: pip install 'nasrank\[{extra}\]'$"):
        use(mixed_space.table_of(mixed))
