from __future__ import annotations

import inspect
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.ask.overview import OFFICIAL_INDEX
from nasrank.spaces import get_enumerated

MEAN = Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")
SEED_999 = Column("accuracy", "cifar10", Split.TEST_50K, 200, 999)
PARAMETERS = Column("parameters", "cifar10")

ASKED = {"dataset": "cifar10", "split": Split.TEST_50K, "epochs": 200}
Arrays = dict[Column, np.ndarray]


class TestAnswers:
    @given(positions=st.lists(st.integers(0, 15_624), max_size=20))
    @settings(max_examples=30)
    def test_by_value_and_by_position_give_the_stored_numbers(self, table: Table, arrays: Arrays, positions: list[int]):
        expected = [arrays[MEAN][position] for position in positions]
        by_position = table.accuracy(np.array(positions, dtype=np.int64), **ASKED, seeds="mean")
        by_value = table.accuracy([table.space.at(position) for position in positions], **ASKED, seeds="mean")
        assert by_position.dtype == np.float64
        assert by_position.tolist() == by_value.tolist() == expected

    def test_any_integer_type_is_a_position(self, table: Table, arrays: Arrays):
        found = table.accuracy(np.array([3, 5], dtype=np.uint16), **ASKED, seeds="mean")
        assert found.tolist() == arrays[MEAN][[3, 5]].tolist()

    def test_what_is_masked_is_missing(self, provenance: Provenance, arrays: Arrays):
        """Cases, group 2: numpy drops a mask when it copies, and what lies beneath became an accuracy."""
        hidden = np.arange(15_625) == 5
        table = Table.from_arrays(
            {
                MEAN: np.ma.array(arrays[MEAN], mask=hidden),
                PARAMETERS: np.ma.array(arrays[PARAMETERS], mask=hidden),
                SEED_999: np.ma.array(arrays[MEAN], mask=False),
            },
            provenance,
        )
        for column in (MEAN, PARAMETERS):
            assert np.flatnonzero(np.isnan(table.whole(column))).tolist() == [5]
        with pytest.raises(ValueError, match="missing for 1 of 1"):
            table.accuracy(np.array([5]), **ASKED, seeds="mean")
        np.testing.assert_array_equal(table.whole(SEED_999), arrays[MEAN])

    def test_a_column_over_a_space_is_by_position(self, table: Table, arrays: Arrays):
        np.testing.assert_array_equal(table.over(table.space, PARAMETERS).values, arrays[PARAMETERS].astype(float))
        larger = get_enumerated("nb201-activations")
        found = table.over(larger, MEAN).values
        at = larger.positions_of(np.array([5]))[0]
        assert found.shape == (len(larger),)
        assert found[at] == arrays[MEAN][5]
        assert np.isnan(found).sum() == len(larger) - 15_625

    def test_over_a_space_what_is_not_finite_is_not_known(self, provenance: Provenance, arrays: Arrays):
        values = np.where(np.arange(15_625) == 5, np.inf, arrays[MEAN])
        loss = Column("loss", "cifar10", Split.TEST_50K, 200, "mean")
        table = Table.from_arrays({loss: values}, provenance)
        assert np.flatnonzero(np.isnan(table.over(table.space, loss).values)).tolist() == [5]

    def test_a_curve_has_no_one_value_over_a_space(self, table: Table):
        with pytest.raises(ValueError, match="is a curve"):
            table.over(table.space, Column("accuracy", "cifar10", Split.TEST_50K, 200, 777, curve=range(200)))

    def test_a_seed_and_a_mean_are_different_columns(self, table: Table):
        everything = np.arange(15_625)
        one, mean = (table.accuracy(everything, **ASKED, seeds=seeds) for seeds in (777, "mean"))
        assert (one != mean).any()

    def test_counts_stay_integers(self, table: Table, arrays: Arrays):
        found = table.values(np.arange(15_625), metric="parameters", dataset="cifar10")
        assert found.dtype == np.int64
        assert np.array_equal(found, arrays[PARAMETERS])

    def test_nothing_that_changes_the_number_has_a_default(self):
        parameters = inspect.signature(Table.accuracy).parameters
        for name in ("dataset", "split", "epochs", "seeds"):
            assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
            assert parameters[name].default is inspect.Parameter.empty


class TestAbsentColumns:
    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            (
                {"dataset": "cifar10-valid"},
                r"invented has no dataset 'cifar10-valid' for metric accuracy; it has cifar10",
            ),
            (
                {"split": Split.TEST},
                r"no split 'test' for metric accuracy, dataset cifar10; it has test_50k, valid_25k",
            ),
            ({"split": "x-test"}, r"no split 'x-test' .* it has test_50k, valid_25k"),
            ({"epochs": 12}, r"no epochs '12' for .* split test_50k; it has 200"),
            ({"seeds": 888}, r"no seeds '888' for .* epochs 200; it has 777, 999, mean"),
            ({"seeds": "mean_v10"}, r"no seeds 'mean_v10' for .*; it has 777, 999, mean"),
        ],
    )
    def test_the_error_names_the_axis_and_lists_what_is_there(self, table: Table, changed: dict, message: str):
        with pytest.raises(ValueError, match=message):
            table.accuracy(np.array([0]), **{**ASKED, "seeds": "mean", **changed})

    def test_an_axis_left_out_is_not_a_wildcard(self, table: Table):
        with pytest.raises(ValueError, match=r"no split 'None' for metric accuracy, dataset cifar10"):
            table.values(np.array([0]), metric="accuracy", dataset="cifar10")

    def test_an_unknown_metric_lists_the_known(self, table: Table):
        with pytest.raises(ValueError, match=r"no metric 'latency'; it has accuracy, parameters"):
            table.values(np.array([0]), metric="latency", dataset="cifar10")

    def test_a_column_of_another_table_is_refused(self, table: Table):
        with pytest.raises(ValueError, match="no metric 'loss'"):
            table.whole(Column("loss", "cifar10", Split.TEST_50K, 200, "mean"))


class TestMissingValues:
    def test_a_missing_seed_names_the_architecture_and_its_seeds(self, table: Table):
        """NATS-Bench#30: some architectures have two seeds, some three."""
        cell = re.escape(str(table.space.at(4)))
        message = f"missing for 2 of 4 architectures, the first being {cell}, which has seeds mean, 777$"
        with pytest.raises(ValueError, match=message):
            table.accuracy(np.array([1, 3, 4, 6]), **ASKED, seeds=999)

    def test_those_that_have_the_seed_are_answered(self, table: Table, arrays: Arrays):
        assert table.accuracy(np.array([1, 3]), **ASKED, seeds=999).tolist() == arrays[SEED_999][[1, 3]].tolist()

    def test_masked_shows_them_explicitly(self, table: Table):
        found = table.masked(np.array([1, 3, 4, 6]), table.find(metric="accuracy", **ASKED, seeds=999))
        assert found.mask.tolist() == [False, False, True, True]
        assert found.count() == 2


class TestArchitectures:
    @pytest.mark.parametrize("positions", [[-1], [15_625], [0, -15_625]])
    def test_positions_outside_the_space_are_refused(self, table: Table, positions: list[int]):
        with pytest.raises(ValueError, match=r"positions in nb201 from .*: there are 0 to 15624"):
            table.accuracy(np.array(positions), **ASKED, seeds="mean")

    def test_positions_have_one_axis(self, table: Table):
        with pytest.raises(ValueError, match=r"must be integers \(n,\), not int64 \(1, 2\)"):
            table.accuracy(np.array([[0, 1]]), **ASKED, seeds="mean")

    @pytest.mark.parametrize(
        ("archs", "reason"),
        [
            ([0, 1], r"0 is not an architecture: give positions as an integer numpy array"),
            (["|none~0|+..."], "expected 3 groups"),
            ("|none~0|", r"is not a sequence of architectures: give \[architecture\] for a single one"),
        ],
    )
    def test_bare_numbers_and_malformed_texts_are_not_architectures(self, table: Table, archs: object, reason: str):
        with pytest.raises(ValueError, match=reason):
            table.accuracy(archs, **ASKED, seeds="mean")

    def test_a_mask_is_not_an_array_of_rows(self, table: Table):
        with pytest.raises(ValueError, match=r"must be integers \(n,\), not bool"):
            table.accuracy(np.array([True, False]), **ASKED, seeds="mean")

    def test_none_at_all_is_an_empty_answer(self, table: Table):
        assert table.accuracy([], **ASKED, seeds="mean").shape == (0,)


class TestColumnsAsTheyPrint:
    def test_a_text_is_the_column_that_prints_like_it(self, table: Table):
        text = "accuracy/cifar10/test_50k/200/999"
        np.testing.assert_array_equal(table.whole(text), table.whole(SEED_999))
        assert table.masked(np.array([0, 1]), text).mask.tolist() == [True, False]
        np.testing.assert_array_equal(table.over(table.space, text).values, table.whole(SEED_999))

    def test_a_text_of_no_column_is_refused(self, table: Table):
        with pytest.raises(ValueError, match=r"has no column 'accuracy/cifar10/test_50k/12': write metric/data set"):
            table.whole("accuracy/cifar10/test_50k/12")

    def test_a_text_in_place_of_a_metric_says_where_it_belongs(self, table: Table):
        """It was "no metric 'accuracy/cifar10/...'", and nobody knew what to write instead."""
        reason = r"is the text of a whole column: give each axis by its name, metric='accuracy', .* whole\(\)"
        text = "accuracy/cifar10/test_50k/200/mean"
        for ask in (table.best, table.bind, partial(table.values, np.array([0]))):
            with pytest.raises(ValueError, match=reason):
                ask(metric=text, dataset="cifar10")


class TestOfficialIndices:
    @pytest.fixture
    def numbered(self, provenance: Provenance, arrays: Arrays) -> Table:
        """Position p has the number p + 10, but for the last ten, which have none."""
        numbers = np.arange(15_625) + 10.0
        numbers[-10:] = np.nan
        return Table.from_arrays({MEAN: arrays[MEAN], OFFICIAL_INDEX: numbers}, provenance)

    def test_they_lead_to_positions(self, numbered: Table):
        positions = numbered.official_positions([6_111, 10, 15_624])
        assert positions.tolist() == [6_101, 0, 15_614]
        assert positions.dtype == np.int64
        np.testing.assert_array_equal(
            numbered.accuracy(positions, **ASKED, seeds="mean"), numbered.whole(MEAN)[positions]
        )
        assert numbered.official_positions(10).tolist() == [0]
        assert numbered.official_positions([]).tolist() == []

    def test_they_lead_to_positions_of_a_part_of_the_space(self, provenance: Provenance):
        some = {MEAN: np.array([50.0, 60.0]), OFFICIAL_INDEX: np.array([8, 3])}
        part = Table.from_arrays(some, provenance, np.array([100, 200]))
        assert part.official_positions([3, 8]).tolist() == [200, 100]

    @pytest.mark.parametrize(
        ("numbers", "reason"),
        [
            ([9], "invented has no architecture of official index 9"),
            ([10, 15_625], "has no architecture of official index 15625"),
            ([1.5], r"are whole numbers \(n,\), not float64 \(1,\)"),
            (["6111"], r"are whole numbers \(n,\), not <U4 \(1,\)"),
            ([[10]], r"not int64 \(1, 1\)"),
        ],
    )
    def test_what_is_none_is_refused(self, numbered: Table, numbers: object, reason: str):
        with pytest.raises(ValueError, match=reason):
            numbered.official_positions(numbers)

    def test_a_table_without_them_says_so(self, table: Table):
        with pytest.raises(ValueError, match="invented does not record official indices: give architectures or their"):
            table.official_positions([0])


class TestFrames:
    def test_columns_are_asked_for_as_they_print(self, table: Table):
        texts = [str(table.rows.architecture(row)) for row in (7, 3)]
        frame = table.to_frame(["accuracy/cifar10/test_50k/200/mean"], texts)
        assert list(frame.index) == texts
        expected = table.accuracy(texts, **ASKED, seeds="mean")
        np.testing.assert_array_equal(frame["accuracy/cifar10/test_50k/200/mean"], expected)

    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            (["accuracy/cifar10"], "has no column 'accuracy/cifar10'"),
            ("accuracy/cifar10", r"give \['accuracy/cifar10'\] for a single one"),
        ],
    )
    def test_what_is_no_column_is_refused(self, table: Table, columns: object, reason: str):
        with pytest.raises(ValueError, match=reason):
            table.to_frame(columns)


class TestImmutable:
    def test_the_view_of_a_column_is_read_only_and_no_copy(self, table: Table):
        column = table.find(metric="accuracy", **ASKED, seeds="mean")
        view = table.whole(column)
        assert np.shares_memory(view, table.whole(column))
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 100

    def test_changing_the_source_array_changes_nothing(self, arrays: Arrays, provenance: Provenance):
        source = arrays[MEAN].copy()
        table = Table.from_arrays({MEAN: source}, provenance)
        before = source[0]
        source[0] = 0.0
        assert table.accuracy(np.array([0]), **ASKED, seeds="mean")[0] == before

    def test_an_answer_can_be_changed_without_changing_the_table(self, table: Table):
        answer = table.accuracy(np.arange(15_625), **ASKED, seeds="mean")
        before = answer[0]
        answer[0] = -1
        assert table.accuracy(np.array([0]), **ASKED, seeds="mean")[0] == before


class TestBuilding:
    @pytest.mark.parametrize("wrong", [-0.1, 100.1, np.inf])
    def test_values_outside_their_unit_are_refused(self, provenance: Provenance, wrong: float):
        """NATS-Bench#46: a table in another unit than it says."""
        values = np.full(15_625, 50.0)
        values[7] = wrong
        with pytest.raises(ValueError, match="are not in percent"):
            Table.from_arrays({MEAN: values}, provenance)

    @pytest.mark.parametrize("values", [np.zeros(15_624), np.zeros((15_625, 1)), np.zeros(15_625, dtype=np.float32)])
    def test_shape_and_type_must_fit_the_space(self, provenance: Provenance, values: np.ndarray):
        with pytest.raises(ValueError, match=r"expected float64 or int64 \(15625,\)"):
            Table.from_arrays({MEAN: values}, provenance)

    def test_an_empty_column_is_refused(self, provenance: Provenance):
        with pytest.raises(ValueError, match="holds no value at all"):
            Table.from_arrays({MEAN: np.full(15_625, np.nan)}, provenance)

    def test_describe_gives_coverage_and_range(self, table: Table, arrays: Arrays):
        summary = {str(entry.column): entry for entry in table.describe()}
        assert list(summary) == [str(column) for column in table.columns]
        partial = summary["accuracy/cifar10/test_50k/200/999"]
        assert partial.present == 7_812
        assert (partial.lowest, partial.highest) == (np.nanmin(arrays[SEED_999]), np.nanmax(arrays[SEED_999]))
