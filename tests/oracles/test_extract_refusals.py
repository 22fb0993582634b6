from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from extract_files import ABOUT, ABOUT_101, HASHES, STRINGS, WRITERS, entry, read_through

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import workshop
from nasrank.bench.oracles.imports.formats import distinct, extract, sheet
from nasrank.bench.oracles.imports.formats.mapping import load_mapping


class TestRefusingFiles:
    @pytest.mark.parametrize(
        ("values", "unit", "reason"),
        [
            ([0.9, 0.5], "percent", "none of its values is above 1: they look like fractions"),
            ([90.0, 50], "fraction", r"row 1: 90.0 in column test .* from 0 to 1; in percent, the unit is 'percent'"),
            ([90.0, 101], "percent", "row 2: 101.0 in column test is no accuracy in percent: that is from 0 to 100"),
            ([90.0, -1], "percent", "row 2: -1.0 in column test .* 0 or more"),
            ([90.0, float("inf")], "percent", "row 2: inf in column test .* that is finite"),
            ([None, None], "percent", "column test holds"),
            ([float("nan")] * 2, "percent", "column test holds no value for accuracy/cifar10/test_50k/200/mean"),
            (["90", "50 %"], "percent", "column test holds string, not numbers: accuracy in percent"),
        ],
    )
    def test_values_that_are_none_of_the_unit(self, tmp_path: Path, values: list[Any], unit: str, reason: str):
        """NATS-Bench#46, nas-landmarkreg: a unit is stated and checked, never guessed from the numbers."""
        with pytest.raises(DataError, match=reason):
            read_through(tmp_path, {"arch": STRINGS[:2], "test": values}, entry(unit=unit))

    def test_half_a_parameter(self, tmp_path: Path):
        with pytest.raises(DataError, match=r"row 1: 0.073 in column test is no parameters in count: that is a whole"):
            read_through(tmp_path, {"arch": STRINGS[:1], "test": [0.073]}, entry(metric="parameters", unit="count"))

    @pytest.mark.parametrize("suffix", WRITERS)
    def test_a_column_that_is_not_there(self, tmp_path: Path, suffix: str):
        with pytest.raises(DataError, match="has no column test; it has arch, tset"):
            read_through(tmp_path, {"arch": STRINGS, "tset": [1.0, 2, 3, 4]}, entry(), suffix=suffix)

    @pytest.mark.parametrize(
        ("notation", "name", "reason"),
        [
            ("string", "|nor_conv_5x5~0|+|none~0|none~1|+|none~0|none~1|none~2|", "unknown operation 'nor_conv_5x5'"),
            ("string", "6111", "expected 3 groups"),
            ("naslib_by_source", "(4, 0, 3, 1, 4)", "has 6 values, not 5"),
            ("naslib_by_source", "(4, 0, 3, 1, 4, 7)", r"on edge \(2, 3\): 7 is not an index"),
            ("naslib_by_target", STRINGS[0], "is not a tuple of NASLib"),
            ("module_hash", "123", "'123' is not a module hash"),
        ],
    )
    def test_a_row_of_no_architecture(self, tmp_path: Path, notation: str, name: str, reason: str):
        about = ABOUT.replace('"string"', f'"{notation}"')
        if notation == "module_hash":
            about = ABOUT_101
        good = {"string": STRINGS[0], "module_hash": HASHES[0]}.get(notation, "(4, 0, 3, 1, 4, 3)")
        with pytest.raises(DataError, match=rf"file\.parquet: row 2 names no architecture: .*{reason}"):
            read_through(tmp_path, {"arch": [good, name], "test": [2.0, 3]}, entry(), about=about)

    def test_a_row_without_a_name(self, tmp_path: Path):
        with pytest.raises(DataError, match="row 2 names no architecture: None is not"):
            read_through(tmp_path, {"arch": [STRINGS[0], None], "test": [2.0, 3]}, entry())

    def test_rows_that_contradict_each_other(self, tmp_path: Path):
        columns = {"arch": [STRINGS[0], STRINGS[1], STRINGS[0]], "test": [90.0, 91, 92]}
        with pytest.raises(DataError, match=r"rows 1 and 3 are of the same architecture, but have 90.0 and 92.0 for"):
            read_through(tmp_path, columns, entry())

    @pytest.mark.parametrize(
        ("word", "reason"),
        [
            ("one", "row 2: unknown reduction over seeds 'one'"),
            ("-777", "row 2: unknown reduction over seeds '-777'"),
            (None, "row 2: None in column run"),
            ("", "row 2: "),
        ],
    )
    def test_an_axis_that_says_nothing(self, tmp_path: Path, word: str | None, reason: str):
        columns = {"arch": STRINGS[:2], "run": ["mean", word], "test": [90.0, 91]}
        with pytest.raises(DataError, match=reason):
            read_through(tmp_path, columns, entry(seeds={"column": "run"}))

    def test_two_columns_of_one_meaning(self, tmp_path: Path):
        columns = {"arch": STRINGS, "test": [1.0, 2, 3, 4], "again": [1.0, 2, 3, 4]}
        with pytest.raises(DataError, match="column again and one before it in the mapping are both accuracy/cifar10"):
            read_through(tmp_path, columns, entry(), entry("again"))

    @pytest.mark.parametrize(
        ("suffix", "content", "reason"),
        [
            (".csv", b"", "malformed"),
            (".csv", b"arch,test\n1,2,3\n", "malformed"),
            (".csv", b"arch,test\n", "has no rows"),
            (".csv", b"arch,test,test\na,1,2\n", "has 2 columns test"),
            (".csv.gz", b"arch,test\n", "malformed"),
            (".parquet", b"PAR1 and no more", "malformed"),
            (".json", b"[1, 2]", "neither a list of objects nor an object of lists"),
            (".json", b'{"arch": 3}', "neither a list of objects nor an object of lists"),
            (".json", b'{"arch": ["a"], "test": []}', "malformed"),
            (".json", b'[{"arch": "a", "test": 3}, {"arch": "b", "test": []}]', "malformed"),
            (".json", b"[" * 10**5, "malformed"),
            (".json", b"\xff", "malformed"),
            (".json", b'{"arch": ["a"], "test": [1' + b"0" * 400 + b"]}", "malformed"),
            (".json", b'{"arch": ["a"], "test": [1' + b"0" * 5000 + b"]}", "malformed"),
            (".json", b'{"arch": ["a"], "test": [1], "test": [2]}', "an object has the name test twice"),
            (".json", b'[{"arch": "a", "test": 1, "test": 2}]', "an object has the name test twice"),
            (".csv", b'arch,test\n"\x1b[31m' + b"x" * 10**5 + b'",1\n', r"row 1 names no arch.*\(100,005 characters\)"),
            (".csv", b"arch," + b"a\x1b," * 3000 + b"b\n", r"has no column test; it has arch, a\\x1b.* more"),
            (".csv", b"arch," * 5000 + b"test\n", "has 5,001 columns, admitted are 4,096"),
            (".txt", b"arch,test", "is no CSV, TSV, Parquet or JSON file"),
        ],
    )
    def test_malformed_files(self, tmp_path: Path, suffix: str, content: bytes, reason: str):
        (tmp_path / "mine.toml").write_text(ABOUT + entry())
        source = tmp_path / f"file{suffix}"
        source.write_bytes(content)
        with workshop(tmp_path) as here, pytest.raises(DataError, match=reason) as refusal:
            extract.read(tmp_path / "mine.toml", source, here)
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) < 2000


class TestBounds:
    """What small files may unfold to; the limits are lowered here (cases, group 6)."""

    @pytest.mark.parametrize("suffix", WRITERS)
    def test_rows(self, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sheet, "ROWS", 3)
        with pytest.raises(DataError, match="has 4 rows, admitted are 3"):
            read_through(tmp_path, {"arch": STRINGS, "test": [2.0, 3, 4, 5]}, entry(), suffix=suffix)
        monkeypatch.setattr(sheet, "ROWS", 4)
        read_through(tmp_path, {"arch": STRINGS, "test": [2.0, 3, 4, 5]}, entry(), suffix=suffix)

    @pytest.mark.parametrize(("limit", "most"), [("VALUES", 7), ("PARQUET_BYTES", 100)])
    def test_what_parquet_says_of_itself(self, tmp_path: Path, limit: str, most: int, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sheet, limit, most)
        with pytest.raises(DataError, match=f"admitted are {most}"):
            read_through(tmp_path, {"arch": STRINGS, "test": [2.0, 3, 4, 5]}, entry())

    def test_columns_that_are_not_needed_do_not_count(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sheet, "VALUES", 8)
        columns = {"arch": STRINGS, "test": [2.0, 3, 4, 5], **{f"c{number}": STRINGS for number in range(9)}}
        assert len(read_through(tmp_path, columns, entry()).columns) == 1

    def test_what_gzip_unfolds_to(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sheet, "CSV_BYTES", 50)
        with pytest.raises(DataError, match="unfolds to more than 50 bytes"):
            read_through(tmp_path, {"arch": STRINGS, "test": [2.0, 3, 4, 5]}, entry(), suffix=".csv.gz")

    def test_different_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(distinct, "MOST", 3)
        with pytest.raises(DataError, match="column arch has more than 3 different values"):
            read_through(tmp_path, {"arch": STRINGS, "test": [2.0, 3, 4, 5]}, entry())

    def test_tables_of_a_column_that_states_axes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """Each seed would become a column of all architectures: a few megabytes of CSV gigabytes."""
        monkeypatch.setattr(extract, "MOST_VALUES", 3 * 4)
        columns = {"arch": STRINGS, "run": [1, 2, 3, 4], "test": [2.0, 3, 4, 5]}
        with pytest.raises(DataError, match="it has more than 3 columns for 4 architectures"):
            read_through(tmp_path, columns, entry(seeds={"column": "run"}))

    def test_many_words_of_an_axis(self, tmp_path: Path):
        rows = 5000
        columns = {"arch": STRINGS[:1] * rows, "run": list(range(rows)), "test": [2.0] * rows}
        with pytest.raises(DataError, match="column run says 5,000 different things, admitted are 4,096"):
            read_through(tmp_path, columns, entry(seeds={"column": "run"}))


class TestRefusingMappings:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"unit": None}, "column test: unit: this key is missing"),
            ({"unit": "seconds"}, "column test: 'seconds' is not a unit of accuracy; known are percent, fraction"),
            ({"unit": "digits", "metric": "edges"}, "'digits' is not a unit of edges"),
            ({"seeds": None, "split": None}, "column test: accuracy is nothing definite without split, seeds"),
            ({"metric": "acc"}, "column test: metric: unknown metric 'acc'; known are accuracy, "),
            ({"split": "x-valid"}, "column test: unknown split 'x-valid'; known are train_25k, "),
            ({"seeds": "median"}, "column test: unknown reduction over seeds 'median'; known are mean, "),
            ({"dataset": "CIFAR-10"}, "column test: unknown data set 'CIFAR-10'; known are cifar10, "),
            ({"epochs": "200"}, "column test: epochs: Input should be a valid integer"),
            ({"epochs": 0}, "column test: epochs is 0, not a whole number from 1 on"),
            ({"epochs": -5, "seeds": {"column": "run"}}, "column test: epochs is -5, not a whole number from 1 on"),
            ({"seeds": -777}, "column test: seeds is -777, neither a whole number from 0 on nor a reduction"),
            ({"split": "test"}, "column test: cifar10 has no split test: that is of cifar100 and ImageNet16-120"),
            ({"dataset": "cifar100"}, "column test: cifar100 has no split test_50k: that is of cifar10"),
            (
                {"metric": "training_time", "unit": "seconds", "epochs": None},
                "column test: training_time is nothing definite without epochs",
            ),
            (
                {"metric": "parameters", "unit": "count", "dataset": None, "split": None},
                "column test: parameters is nothing definite without dataset",
            ),
            ({"epoch": 200}, "column test: epoch: unknown key"),
            ({"seeds": {"colunm": "run"}}, "column test: seeds: column: this key is missing"),
            ({"seeds": {"colunm": "run"}}, "column test: seeds: colunm: unknown key"),
        ],
    )
    def test_a_column_by_its_name(self, tmp_path: Path, changes: dict[str, Any], reason: str):
        path = tmp_path / "mine.toml"
        path.write_text(ABOUT + entry("other") + entry(**changes))
        with pytest.raises(ValueError, match=r"mine\.toml: ") as error:
            extract.format_of(path)
        assert reason in str(error.value)

    @pytest.mark.parametrize("entries", [entry(unit="seconds"), entry(unit="seconds") * 2])
    def test_a_mistake_is_one_line(self, tmp_path: Path, entries: str):
        """Not also that the file has too few columns, since none of them is right."""
        path = tmp_path / "mine.toml"
        path.write_text(ABOUT + entries)
        with pytest.raises(ValueError, match=r"^[^\n]*not a unit of accuracy[^\n]*$"):
            extract.format_of(path)

    @pytest.mark.parametrize(
        "changes",
        [
            {"dataset": "cifar100", "split": {"column": "on"}},
            {"dataset": {"column": "data"}, "split": "valtest"},
            {"dataset": {"column": "data"}, "split": {"column": "on"}},
        ],
    )
    def test_an_axis_of_the_file_may_be_whatever_fits_the_others(self, tmp_path: Path, changes: dict[str, Any]):
        path = tmp_path / "mine.toml"
        path.write_text(ABOUT + entry(**changes))
        assert load_mapping(path).columns[0].from_columns

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("[table", "is not a mapping file"),
            (ABOUT, "columns: this key is missing"),
            ("columns = []\n" + ABOUT, "columns: there is none"),
            (ABOUT.replace("licence", "license") + entry(), "table: licence: this key is missing"),
            (ABOUT.replace('"string"', '"index"') + entry(), "rows: notation: Input should be 'string'"),
            (ABOUT.replace('"string"', '"module_hash"') + entry(), "the rows of nb201 cannot be named by module_hash"),
        ],
    )
    def test_the_whole_file(self, tmp_path: Path, content: str, reason: str):
        path = tmp_path / "mine.toml"
        path.write_text(content)
        with pytest.raises(ValueError, match=reason):
            load_mapping(path)

    @pytest.mark.parametrize(
        "content",
        [
            "a = " + "[" * 10**5,
            "a = " + "[" * 300 + "]" * 300 + "\n" + ABOUT,
            "a = " + "{a = " * 10**4,
            ".".join(["a"] * 10**4) + " = 1\n" + ABOUT,
            ABOUT.replace('"mine"', "[" * 400 + "]" * 400) + entry(),
            ABOUT + entry(seeds="x\x1b[31m" * 10**4),
            ABOUT + entry("a" * 10**5, unit="b" * 10**5),
            ABOUT + "".join(entry(f"c{number}", unit="seconds") for number in range(2000)),
            "a = 1" + "0" * 10**4,
            "#" * 2**21,
        ],
        ids=["lists", "300", "tables", "dotted", "name", "escapes", "long", "many", "number", "large"],
    )
    def test_one_that_nests_or_is_large(self, tmp_path: Path, content: str):
        """RecursionError reached the terminal, and a message was as long as the file (cases, group 7)."""
        path = tmp_path / "mine.toml"
        path.write_text(content)
        with pytest.raises(ValueError, match=r"mine\.toml") as refusal:
            extract.format_of(path)
        assert len(str(refusal.value)) < 10_000
        assert "\x1b" not in str(refusal.value)

    def test_a_byte_order_mark_is_no_mistake(self, tmp_path: Path):
        (tmp_path / "mine.toml").write_text(ABOUT + entry(), encoding="utf-8-sig")
        assert load_mapping(tmp_path / "mine.toml").table.name == "mine"

    def test_one_that_is_not_there(self, tmp_path: Path):
        with pytest.raises(ValueError, match=r"none\.toml is not a mapping file"):
            extract.format_of(tmp_path / "none.toml")

    def test_the_name_of_a_reader(self, tmp_path: Path):
        """It would be imported, and then be taken for what that reader made: of another version, never to be opened."""
        (tmp_path / "mine.toml").write_text(ABOUT.replace('"mine"', '"nas-bench-101"') + entry())
        with pytest.raises(
            ValueError, match=r"mine\.toml: the table's name 'nas-bench-101' is that of nasrank's reader"
        ):
            extract.format_of(tmp_path / "mine.toml")
