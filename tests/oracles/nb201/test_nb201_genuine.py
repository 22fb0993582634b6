"""The three genuine NATS-Bench records: every figure equals what the package nats-bench answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nats_bench
import numpy as np
import pytest
from against_package import SCHEDULES, check_costs, check_metrics, check_more_info, check_top5, row_of, value

from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, workshop
from nasrank.bench.oracles.imports.formats.nb201 import nats_folder
from nasrank.spaces import get_space

pytestmark = pytest.mark.data
INDICES = (0, 11, 284)
FIGURES = {"12": 16 * 12 * 3, "200": 3 * (8 * 200 + 5) * 3}
"""That can be asked: accuracy, loss and time on 16 pairs of seed and split; at 200 epochs on 8 splits for every epoch
and on 5 for the last, with three seeds each."""


@pytest.fixture(scope="module")
def folder(nasrank_data: Path) -> Path:
    return nasrank_data / "NATS-tss-v1_0-3ffb9-simple"


@pytest.fixture(scope="module")
def api(folder: Path) -> Any:
    api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
    for index in INDICES:
        api.get_more_info(index, "cifar10", hp="12", is_random=False)  # loads the record
    return api


@pytest.fixture(scope="module")
def draft(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Draft:
    with workshop(tmp_path_factory.mktemp("genuine")) as here:
        return nats_folder.read(folder, here)


@pytest.mark.slow
@pytest.mark.parametrize("index", INDICES)
def test_every_metric_of_every_split_seed_and_epoch(draft: Draft, api: Any, index: int):
    for schedule, epochs in SCHEDULES.items():
        results = api.arch2infos_dict[index][schedule]
        assert check_metrics(draft, results, epochs=epochs, asked=range(epochs)) == FIGURES[schedule]
        check_top5(draft, results, epochs=epochs)


@pytest.mark.slow
@pytest.mark.parametrize("index", INDICES)
def test_more_info_for_single_seeds_and_their_mean(draft: Draft, api: Any, index: int):
    check_more_info(draft, api, index, asked=(None, 0, 5, 11, 150, 199))


@pytest.mark.parametrize("index", INDICES)
def test_costs(draft: Draft, api: Any, index: int):
    check_costs(draft, api, index)


def test_trainings_of_either_schedule_have_the_same_costs(draft: Draft):
    costs = [column for column in draft.columns if column.metric in ("parameters", "multiply_adds", "latency")]
    assert len(costs) == 9
    assert set(costs) == {Column(one.metric, one.dataset) for one in costs}


def test_the_official_index_of_every_string(draft: Draft, api: Any):
    """NATS-Bench#5: users ask which number an architecture has where."""
    numbers = draft.columns[Column("official_index", None)]
    assert [int(numbers[row_of(draft, api.meta_archs[index])]) for index in INDICES] == list(INDICES)


def test_a_figure_read_by_eye(draft: Draft):
    """NATS-Bench#2 quotes the final training accuracies of architecture 284, and mistook one number for another."""
    row = row_of(draft, "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|none~0|nor_conv_1x1~1|none~2|")
    columns = [Column("accuracy", "cifar10", Split.TRAIN_50K, 200, seed) for seed in (777, 888, 999)]
    assert [value(draft, row, column) for column in columns] == [94.568, 94.772, 94.728]


def test_it_holds_the_architectures_that_have_a_record(draft: Draft, api: Any):
    space = get_space("nb201")
    assert draft.keys is not None
    assert draft.keys.tolist() == sorted(space.position(space.parse(api.meta_archs[index])) for index in INDICES)
    for column, values in draft.columns.items():
        assert np.isfinite(values).all(), column
