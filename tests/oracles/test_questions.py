"""What a question to the clock may be; cases, group 3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.ask.clock import Clock, Question

ASKED = Question("cifar10", Split.VALID_25K, 12, 777)
TIME = Column("training_time", "cifar10", Split.TRAIN_25K, 12, 777)


def test_a_split_may_be_given_by_its_name(provenance: Provenance) -> None:
    """A table took the text, and a question failed in use."""
    asked = Question("cifar10", "valid_25k", np.int64(12), np.int64(777))  # type: ignore[arg-type]
    assert asked == ASKED
    assert [type(value) for value in (asked.split, asked.epochs, asked.seeds)] == [Split, int, int]
    table = Table.from_arrays({TIME: np.arange(15_625.0)}, provenance)
    assert Clock(table, asked).training_seconds(np.array([7]), 6).tolist() == [3.5]
    assert Column("accuracy", "cifar10", "valid_25k", 12, "mean").split is Split.VALID_25K  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"split": "x-valid"}, "unknown split 'x-valid'; known are"),
        ({"split": "valtest"}, "cifar10 has no split valtest: that is of cifar100"),
        ({"epochs": 12.0}, r"epochs is 12\.0, not a whole number"),
        ({"epochs": True}, "epochs is True, not a whole number"),
        ({"seeds": 777.0}, r"seeds is 777\.0, neither a whole number"),
        ({"seeds": "median"}, "unknown reduction over seeds 'median'"),
        ({"seeds": None}, "nothing definite without seeds"),
        ({"dataset": "mnist"}, "unknown data set 'mnist'"),
    ],
)
def test_a_question_that_nothing_can_answer_is_refused_when_it_is_put(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(ASKED, **changed)
