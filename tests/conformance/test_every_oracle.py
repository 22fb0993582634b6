"""What every oracle owes its readers: registered recipes, and an invented source of every registered format.

Recipes whose source is not on this machine are skipped.
"""

from __future__ import annotations

from dataclasses import fields
from functools import partial

import numpy as np
import pytest
from samples import SAMPLES

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import RECIPES, Split, Table, imported, open_oracle
from nasrank.bench.oracles.ask.quantities import RANKED_BY
from nasrank.bench.oracles.imports.formats.format import FORMATS
from nasrank.bench.oracles.imports.library import import_table, recognise
from nasrank.spaces import SPACES, get_space


@pytest.fixture(scope="module", params=[*RECIPES, *FORMATS])
def oracle(request, tmp_path_factory) -> tuple[str, Table]:
    """Its name and its table."""
    if request.param in RECIPES:
        try:
            return request.param, open_oracle(request.param)
        except DataError as error:
            if not any(words in str(error) for words in ("no data folder is named", "is not here yet")):
                raise  # a source that is damaged, or should be there, is a failure
            pytest.skip(str(error))
    source = SAMPLES[request.param](tmp_path_factory.mktemp("source"))
    cache = tmp_path_factory.mktemp("cache")
    done = import_table(source, format=recognise(source), cache=cache)
    assert imported(cache) == {FORMATS[request.param].table(source): done.path}
    return request.param, done.table


@pytest.mark.slow
def test_a_recipe_names_the_space_of_its_table(oracle):
    name, table = oracle
    assert name not in RECIPES or RECIPES[name].space == table.provenance.space


@pytest.fixture(scope="module")
def table(oracle) -> Table:
    return oracle[1]


@pytest.mark.slow
def test_it_is_registered_by_its_name(oracle):
    name, table = oracle
    assert table.provenance.recipe == name
    if name in RECIPES:
        assert (RECIPES[name].source, RECIPES[name].sha256) == (table.provenance.source, table.provenance.sha256)
    else:
        assert FORMATS[name].version == table.provenance.recipe_version


def test_its_provenance_is_complete(table):
    for field in fields(table.provenance):
        assert getattr(table.provenance, field.name), field.name
    assert len(table.provenance.sha256) == 64
    assert table.provenance.space in SPACES


def test_columns_are_different_and_within_the_range_of_their_unit(table):
    assert len({str(column) for column in table.columns}) == len(table.columns)
    for summary in table.describe():
        values = table.whole(summary.column)
        present = values[~np.isnan(values)]
        assert values.shape == (len(table.rows), *summary.column.shape)
        assert present.min() >= 0
        assert summary.column.unit != "percent" or present.max() <= 100


def positions(table):
    """Of the rows in the search space; None where they have none, as invented module hashes."""
    try:
        return table.rows.positions
    except ValueError:
        return None


def test_architectures_and_their_positions_get_the_same_answers(table):
    rows = np.random.default_rng(0).permutation(len(table.rows))[:20]
    architectures = [table.rows.architecture(int(row)) for row in rows]
    asked_by = [architectures, list(map(str, architectures))]
    asked_by += [] if positions(table) is None else [positions(table)[rows]]
    assert [table.rows.row(table.rows.parse(str(one))) for one in architectures] == rows.tolist()
    for column in table.columns:
        expected = table.whole(column)[rows]
        for asked in asked_by:
            found = table.masked(asked, column)
            np.testing.assert_array_equal(np.ma.getmaskarray(found), np.isnan(expected))
            np.testing.assert_array_equal(found.compressed(), expected[~np.isnan(expected)])


def test_as_a_frame_it_has_a_row_an_architecture_under_its_text(table):
    rows = np.random.default_rng(0).permutation(len(table.rows))[:20]
    architectures = [table.rows.architecture(int(row)) for row in rows]
    columns = [column for column in table.columns if column.curve is None]
    frame = table.to_frame(archs=list(map(str, architectures)))
    assert list(frame.columns) == [str(column) for column in columns]
    assert list(frame.index) == list(map(str, architectures))
    for column in columns:
        np.testing.assert_array_equal(frame[str(column)], table.whole(column)[rows])


def test_integers_are_positions_of_the_space_and_never_rows(table):
    """Cases, group 2: where rows go by module hash they were rows, plausible numbers of other cells."""
    space, column = get_space(table.provenance.space), table.columns[0]
    known = {
        int(position): row for row, position in enumerate(positions(table) if positions(table) is not None else [])
    }
    some = [*list(known)[:3], *np.random.default_rng(0).integers(len(space), size=20).tolist(), 0, len(space) - 1]
    for position in some:
        if position in known:
            found = table.masked(np.array([position]), column).filled(np.nan)
            np.testing.assert_array_equal(found, table.whole(column)[[known[position]]])
            assert table.rows.row(space.at(position)) == known[position]
        else:
            with pytest.raises(ValueError, match="the table does not have"):
                table.masked(np.array([position]), column)


@pytest.mark.parametrize(
    "wrong",
    [
        np.array([0.0, 1.0]),
        np.array([True, False]),
        np.array([-1]),
        np.array([10**9]),
        np.ma.masked_equal(np.array([0, 1]), 1),
        np.array([[0, 1]]),
        np.array(["0", "1"]),
        [0, 1],
        [1.0],
        ["0"],
        [None],
        "0",
    ],
    ids=repr,
)
def test_what_is_neither_a_position_nor_an_architecture_is_refused(table, wrong):
    for column in table.columns[:1]:
        with pytest.raises(ValueError, match=r".{20,}"):
            table.masked(wrong, column)
        bound = table.bind(**ask(next(one for one in table.columns if one.curve is None)))
        for one in wrong:
            if type(one) is not int and not (isinstance(one, np.integer) and 0 <= one < 10**9):
                with pytest.raises(ValueError, match=r".{20,}"):
                    bound(one)


@pytest.mark.parametrize("other", SPACES.values(), ids=SPACES)
def test_architectures_of_other_spaces_are_refused_by_both_names(table, other):
    """Cases, group 2: every way of asking, for architectures of every other space."""
    space = get_space(table.provenance.space)
    if other is space:
        return
    column = next(one for one in table.columns if one.curve is None)
    foreign = other.at(len(other) // 3)
    own = table.rows.architecture(0)
    ways = {
        "values": lambda: table.values([own, foreign], **ask(column)),
        "masked": lambda: table.masked([foreign], column),
        "bind": lambda: table.bind(**ask(column))(foreign),
        "row": lambda: table.rows.row(foreign),
        "find": lambda: table.rows.find([foreign]),
    }
    for one in table.columns:
        if one.curve is not None:
            ways["curve"] = lambda one=one: table.curve([foreign], **ask(one))
        if one.metric == "accuracy" and isinstance(one.seeds, int):
            axes = {name: value for name, value in ask(one).items() if name not in ("metric", "seeds")}
            for seeds in ("all", one.seeds, np.random.default_rng(0)):
                ways[f"accuracy {seeds}"] = lambda axes=axes, seeds=seeds: table.accuracy(
                    [foreign], **axes, seeds=seeds
                )
    for way in ways.values():
        with pytest.raises(ValueError, match=f"is an architecture of {other.name}, not of {space.name}$"):
            way()


@pytest.mark.parametrize("axis", ["epochs", "seeds"])
def test_an_epoch_and_a_seed_are_integers(table, axis):
    """1.0 and True equal the integer 1, also as keys of a dictionary."""
    for column in table.columns:
        value = ask(column)[axis]
        if isinstance(value, int) and column.curve is None:
            some = some_of(table, ~np.isnan(table.whole(column)), 1)
            found = table.values(some, **ask(column) | {axis: np.int64(value)})
            np.testing.assert_array_equal(found, table.values(some, **ask(column)))
            for wrong in (float(value), np.float64(value), value + 0.5, *([bool(value)] if value in (0, 1) else [])):
                for question in (partial(table.values, some), table.find, table.bind, table.best):
                    with pytest.raises(ValueError, match=f"{axis} is .*, n"):
                        question(**ask(column) | {axis: wrong})


def ask(column) -> dict[str, object]:
    return dict(zip(("metric", "dataset", "split", "epochs", "seeds"), column.axes, strict=True))


def some_of(table, mask, count):
    return [table.rows.architecture(int(row)) for row in np.flatnonzero(mask)[:count]]


def test_a_missing_value_is_an_error_and_a_present_one_is_an_answer(table):
    for column in table.columns:
        values = table.whole(column)
        question = table.values if column.curve is None else table.curve
        missing = np.isnan(values) if column.curve is None else np.isnan(values).all(axis=1)
        present = question(some_of(table, ~missing, 5), **ask(column))
        np.testing.assert_array_equal(present, values[~missing][:5])
        if missing.any():
            with pytest.raises(ValueError, match="missing"):
                question(some_of(table, missing, 1), **ask(column))


def test_curves_lie_on_their_schedule_and_end_at_the_end_column(table):
    for column in table.columns:
        if column.curve is None:
            continue
        values, epochs = table.whole(column), list(column.curve)
        assert epochs == sorted(set(epochs))
        assert 0 <= epochs[0] <= epochs[-1] == column.epochs
        np.testing.assert_array_equal(values[:, -1], table.whole(table.find(**ask(column))))
        if column.metric in ("training_time", "total_time"):  # seconds since the start
            with np.errstate(invalid="ignore"):
                assert not (np.diff(values, axis=1) < 0).any()


def test_a_mean_over_seeds_is_that_of_the_runs_there_are(table):
    for column in table.columns:
        if not isinstance(column.seeds, int) or column.curve is not None or column.metric != "accuracy":
            continue
        axes = ask(column)
        mean = table.find(**axes | {"seeds": "mean"})
        if mean in table.columns:
            continue  # stored by the source, over runs that the table need not have
        del axes["metric"], axes["seeds"]
        everyone = some_of(table, np.ones(len(table.rows)), None)
        runs = table.accuracy(everyone, **axes, seeds="all")
        np.testing.assert_allclose(table.whole(mean), runs.mean(axis=1).filled(np.nan))


def test_it_never_guesses_an_axis(table):
    column = next(column for column in table.columns if column.metric in RANKED_BY and column.curve is None)
    asked = table.accuracy if column.metric == "accuracy" else partial(table.values, metric=column.metric)
    known = {"dataset": column.dataset, "split": column.split, "epochs": column.epochs, "seeds": column.seeds}
    unknown = {"dataset": "mnist", "split": next(s for s in Split if s != column.split), "epochs": 3, "seeds": 123}
    some = some_of(table, ~np.isnan(table.whole(column)), 3)
    assert len(asked(some, **known)) == len(some) > 0
    for axis, value in unknown.items():
        if any(other.axes == (column.metric, *{**known, axis: value}.values()) for other in table.columns):
            continue  # this table has that column too
        with pytest.raises(ValueError, match=axis):
            asked(some, **{**known, axis: value})


def test_its_checksums_hold(table):
    table.verify()


def test_written_and_opened_again_it_is_the_same(table, tmp_path):
    table.write(tmp_path / "again.arrow")
    again = Table.open(tmp_path / "again.arrow")
    assert (again.columns, again.provenance) == (table.columns, table.provenance)
    some = range(min(20, len(table.rows)))
    assert [again.rows.architecture(row) for row in some] == [table.rows.architecture(row) for row in some]
    for column in table.columns:
        np.testing.assert_array_equal(again.whole(column), table.whole(column))
