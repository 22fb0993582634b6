"""What every registered recipe's table owes its readers. Recipes whose source is not on this machine are skipped."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from bench.files import DataError
from bench.oracles import RECIPES, Split, open_oracle
from spaces import get_space


@pytest.fixture(scope="module", params=RECIPES)
def table(request):
    try:
        return open_oracle(request.param)
    except DataError as error:
        if "no data folder is named" not in str(error):
            raise  # a source that is damaged, or should be there, is a failure
        pytest.skip(str(error))


def test_it_is_registered_by_its_name(table):
    recipe = RECIPES[table.provenance.recipe]
    assert (recipe.source, recipe.sha256) == (table.provenance.source, table.provenance.sha256)


def test_its_provenance_is_complete(table):
    for field in fields(table.provenance):
        assert getattr(table.provenance, field.name), field.name
    assert len(table.provenance.sha256) == 64
    get_space(table.provenance.space)


def test_columns_are_different_and_within_the_range_of_their_unit(table):
    assert len({column.axes for column in table.columns}) == len(table.columns)
    for summary in table.describe():
        values = table.whole(summary.column)
        present = values[~np.isnan(values)]
        assert values.shape == (len(table.space),)
        assert present.min() >= 0
        assert summary.column.unit != "percent" or present.max() <= 100


def test_architectures_and_positions_get_the_same_answers(table):
    positions = np.random.default_rng(0).choice(len(table.space), 20, replace=False)
    architectures = [table.space.at(int(position)) for position in positions]
    for column in table.columns:
        expected = table.whole(column)[positions]
        for asked in (positions, architectures):
            found = table.masked(asked, column)
            np.testing.assert_array_equal(found.mask | np.zeros(20, dtype=bool), np.isnan(expected))
            np.testing.assert_array_equal(found.compressed(), expected[~np.isnan(expected)])


def test_a_missing_value_is_an_error_and_a_present_one_is_an_answer(table):
    for column in table.columns:
        missing = np.isnan(table.whole(column))
        metric, dataset, split, epochs, seeds = column.axes
        axes = {"metric": metric, "dataset": dataset, "split": split, "epochs": epochs, "seeds": seeds}
        present = table.values(np.flatnonzero(~missing)[:5], **axes)
        assert np.isfinite(present).all()
        if missing.any():
            with pytest.raises(ValueError, match="missing"):
                table.values(np.flatnonzero(missing)[:1], **axes)


def test_it_never_guesses_an_axis(table):
    column = next(column for column in table.columns if column.metric == "accuracy")
    known = {"dataset": column.dataset, "split": column.split, "epochs": column.epochs, "seeds": column.seeds}
    unknown = {"dataset": "mnist", "split": next(s for s in Split if s != column.split), "epochs": 3, "seeds": 123}
    everything = np.arange(3)
    assert table.accuracy(everything, **known).shape == (3,)
    for axis, value in unknown.items():
        if any(other.axes == (column.metric, *{**known, axis: value}.values()) for other in table.columns):
            continue  # this table has that column too
        with pytest.raises(ValueError, match=axis):
            table.accuracy(everything, **{**known, axis: value})


def test_its_checksums_hold(table):
    table.verify()


def test_opening_it_again_gives_the_same_table(table):
    again = open_oracle(table.provenance.recipe)
    assert again.columns == table.columns
    for column in table.columns:
        np.testing.assert_array_equal(again.whole(column), table.whole(column))
