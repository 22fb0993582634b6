"""Tables that users import: compiled once, under a name, atomically."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Split, imported, open_oracle
from nasrank.bench.oracles.ask.draft import Draft, Workshop, workshop
from nasrank.bench.oracles.imports.compiling import checksum
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.bench.oracles.imports.library import import_table, recognise
from nasrank.bench.oracles.imports.recipes import analog

COLUMN = Column("accuracy", "cifar10", Split.TEST_50K, 200, 777)
CURVE = replace(COLUMN, curve=range(1, 201))
ROOT = Path(__file__).parents[2]


def read(source: Path, workshop: Workshop) -> Draft:
    """The file holds one number, the accuracy of all cells."""
    value = float(source.read_text())
    curve = workshop.empty(15_625, 200)  # more than is kept in memory
    for row in range(0, 15_625, 625):
        curve[row : row + 625] = value
        workshop.report(row + 625, 15_625)
    return Draft("nb201", {COLUMN: np.full(15_625, value), CURVE: curve}, "none", "nobody", "none")


TOY = Format("toy", 1, "a text file with a number", lambda path: path.suffix == ".toy", read)


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "toy", TOY)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.toy"
    path.write_text("93.5")
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_it_is_recognised_compiled_and_opened_by_name(source: Path, cache: Path):
    told: list[tuple[int, int]] = []
    done = import_table(source, format=recognise(source), cache=cache, report=lambda *now: told.append(now))
    assert (done.name, done.compiled) == ("toy", True)
    assert told[-1] == (15_625, 15_625)
    assert imported(cache) == {"toy": done.path}
    table = open_oracle("toy", cache=cache)
    assert table.best(metric="accuracy", dataset="cifar10", split=Split.TEST_50K, epochs=200, seeds=777).value == 93.5
    assert (table.whole(CURVE) == 93.5).all()
    table.verify()
    assert table.provenance.source == "numbers.toy"
    assert len(table.provenance.sha256) == 64
    assert files(cache) == ["toy.arrow"]


def test_the_same_source_is_not_compiled_twice(source: Path, cache: Path):
    import_table(source, format=TOY, cache=cache)
    assert not import_table(source, format=TOY, cache=cache).compiled
    assert import_table(source, format=replace(TOY, version=2), cache=cache).compiled


def test_another_source_does_not_take_a_name_unasked(source: Path, cache: Path):
    import_table(source, format=TOY, cache=cache)
    source.write_text("12.5")
    with pytest.raises(DataError, match=r"there is a table toy already.*--name, or let it go with --replace"):
        import_table(source, format=TOY, cache=cache)
    assert open_oracle("toy", cache=cache).whole(COLUMN)[0] == 93.5
    import_table(source, format=TOY, cache=cache, name="other")
    import_table(source, format=TOY, cache=cache, replace=True)
    assert sorted(imported(cache)) == ["other", "toy"]
    assert open_oracle("toy", cache=cache).whole(COLUMN)[0] == 12.5


@pytest.mark.parametrize("name", ["a/b", "..", "", ".hidden", "a b"])
def test_names_are_plain(source: Path, cache: Path, name: str):
    with pytest.raises(DataError, match="is not a name for a table"):
        import_table(source, format=replace(TOY, name=name), cache=cache)


def test_names_of_known_oracles_are_taken(source: Path, cache: Path):
    with pytest.raises(DataError, match="is the name of a table that nasrank knows"):
        import_table(source, format=TOY, cache=cache, name="analog-nasbench")


def test_a_damaged_table_is_compiled_again(source: Path, cache: Path):
    path = import_table(source, format=TOY, cache=cache).path
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match="truncated"):
        open_oracle("toy", cache=cache)
    assert import_table(source, format=TOY, cache=cache).compiled
    open_oracle("toy", cache=cache).verify()


def test_a_foreign_file_lists_what_is_known(tmp_path: Path):
    foreign = tmp_path / "photo.jpg"
    foreign.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(DataError, match=r"none of the known kinds of table: .*a text file with a number.*--mapping"):
        recognise(foreign)
    with pytest.raises(DataError, match="there is no file or folder"):
        recognise(tmp_path / "nothing")


def test_no_format_stumbles_over_a_foreign_file(tmp_path: Path):
    for name, content in (
        ("empty", b""),
        ("zip.pth", b"PK\x03\x04"),
        ("x.pickle.pbz2", b"BZh9"),
        ("t.tar", bytes(700)),
    ):
        (tmp_path / name).write_bytes(content)
        for format in FORMATS.values():
            assert format.recognises(tmp_path / name) in (True, False)
    (tmp_path / "folder").mkdir()
    assert not any(format.recognises(tmp_path / "folder") for format in FORMATS.values())


def test_values_outside_their_unit_leave_no_table(source: Path, cache: Path):
    source.write_text("193.5")
    with pytest.raises(DataError, match=r"values from 193.5 to 193.5 are not in percent"):
        import_table(source, format=TOY, cache=cache)
    assert files(cache) == []


KILLED = """
import sys, time
from pathlib import Path
from dataclasses import replace
sys.path.insert(0, {tests!r})
import test_library as library
from nasrank.bench.oracles.imports.library import import_table

def slow(source, workshop):
    draft = library.read(source, workshop)
    print("half-way", flush=True)
    time.sleep(60)
    return draft

import_table(Path({source!r}), format=replace(library.TOY, read=slow), cache=Path({cache!r}))
"""


@pytest.mark.slow
def test_a_kill_half_way_leaves_no_table_and_no_large_file(source: Path, cache: Path):
    program = KILLED.format(tests=str(Path(__file__).parent), source=str(source), cache=str(cache))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "half-way\n"
        run.send_signal(signal.SIGKILL)
    assert imported(cache) == {}
    time.sleep(0.01)
    assert files(cache) == ["unfinished.lock", "unfinished.lock.holder"]
    assert import_table(source, format=TOY, cache=cache).compiled
    assert files(cache) == ["toy.arrow"]


def test_a_kill_while_the_table_is_written_leaves_nothing_for_ever(source: Path, cache: Path):
    """What a killed import was writing lies in its workshop, which a later import removes (cases, group 10)."""
    folder = cache / "oracles" / "imported"
    abandoned = folder / ".unfinished-abandone"
    abandoned.mkdir(parents=True)
    for name in ("toy.arrow", "unfinished.lock"):
        (abandoned / name).write_bytes(bytes(1000))
    with workshop(folder) as mine:
        assert not abandoned.exists()
        assert import_table(source, format=TOY, cache=cache).compiled
        assert mine.folder.exists()  # it is held
    assert files(cache) == ["toy.arrow"]


def test_of_two_imports_under_one_name_the_later_is_refused(source: Path, cache: Path, tmp_path: Path):
    other = tmp_path / "other.toy"
    other.write_text("50")

    def overtaken(path: Path, here: Workshop) -> Draft:
        import_table(other, format=TOY, cache=cache)
        return read(path, here)

    with pytest.raises(DataError, match=r"there is a table toy already, made from another source \(other.toy"):
        import_table(source, format=replace(TOY, read=overtaken), cache=cache)
    assert open_oracle("toy", cache=cache).whole(COLUMN)[0] == 50


def test_of_two_imports_of_one_source_both_succeed(source: Path, cache: Path):
    """Cases, group 10."""

    def overtaken(path: Path, here: Workshop) -> Draft:
        assert import_table(source, format=TOY, cache=cache).compiled
        return read(path, here)

    done = import_table(source, format=replace(TOY, read=overtaken), cache=cache)
    assert not done.compiled
    assert files(cache) == ["toy.arrow"]


def test_a_damaged_table_does_not_let_another_source_take_its_name_meanwhile(source: Path, cache: Path, tmp_path: Path):
    path = import_table(source, format=TOY, cache=cache).path
    path.write_bytes(path.read_bytes()[:-50])
    other = tmp_path / "other.toy"
    other.write_text("50")

    def overtaken(path: Path, here: Workshop) -> Draft:
        import_table(other, format=TOY, cache=cache)
        return read(path, here)

    with pytest.raises(DataError, match="there is a table toy already"):
        import_table(source, format=replace(TOY, read=overtaken), cache=cache)
    assert open_oracle("toy", cache=cache).whole(COLUMN)[0] == 50


def test_a_table_of_an_older_reader_is_to_be_imported_again(source: Path, cache: Path, monkeypatch):
    import_table(source, format=TOY, cache=cache)
    monkeypatch.setitem(FORMATS, "toy", replace(TOY, version=2))
    with pytest.raises(
        DataError, match=r"compiled by version 1 of the reader toy, this is version 2: import numbers.toy"
    ):
        open_oracle("toy", cache=cache)
    import_table(source, format=FORMATS["toy"], cache=cache)
    assert open_oracle("toy", cache=cache).provenance.recipe_version == 2


def test_errors_call_a_table_by_its_name(source: Path, cache: Path):
    import_table(source, format=TOY, cache=cache, name="mine")
    table = open_oracle("mine", cache=cache)
    assert "mine" in repr(table)
    with pytest.raises(ValueError, match="mine has no epochs '12'"):
        table.accuracy([], dataset="cifar10", split=Split.TEST_50K, epochs=12, seeds=777)


@pytest.mark.slow
def test_the_source_of_a_recipe_becomes_its_table(cache: Path, tmp_path: Path):
    copy = tmp_path / "data.anb"
    copy.write_bytes(analog.locate(None).read_bytes())
    done = import_table(copy, format=recognise(copy), cache=cache)
    assert done.name == "analog-nasbench"
    assert open_oracle("analog-nasbench", cache=cache).provenance == done.table.provenance
    copy.write_bytes(copy.read_bytes()[:-1])
    with pytest.raises(DataError, match="altered or another version"):
        import_table(copy, format=recognise(copy), cache=cache)


def test_empty_sources_are_called_so(tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name in ("empty", "folder"):
        with pytest.raises(DataError, match=f"{name} is empty"):
            recognise(tmp_path / name)


def test_a_checksum_is_of_the_files_that_are_read(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "a").write_text("1")
        (tmp_path / name / "b").write_text("2")
    (tmp_path / "two" / ".DS_Store").write_text("whatever")
    one, two = ([tmp_path / name / "b", tmp_path / name / "inner" / "a"] for name in ("one", "two"))
    assert checksum(tmp_path / "one", one) == checksum(tmp_path / "two", two)
    one[0].write_text("3")
    assert checksum(tmp_path / "one", one) != checksum(tmp_path / "two", two)


def test_an_unknown_oracle_says_how_to_add_one(cache: Path):
    with pytest.raises(ValueError, match=r"unknown oracle 'nb301'; known are analog-nasbench.*nasrank tables import"):
        open_oracle("nb301", cache=cache)


def test_a_table_that_a_recipe_and_the_cache_have_is_named_once(cache: Path):
    folder = cache / "oracles" / "imported"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("nb101-digits", "mine"):
        (folder / f"{name}.arrow").touch()
    with pytest.raises(ValueError, match="unknown oracle 'nb301'") as refusal:
        open_oracle("nb301", cache=cache)
    known = str(refusal.value).partition("known are ")[2].partition(". ")[0].split(", ")
    assert known.count("nb101-digits") == known.count("mine") == 1
