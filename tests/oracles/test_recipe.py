from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nasrank.bench.oracles
from nasrank.bench.foundation.files import DataError, find_data
from nasrank.bench.oracles import RECIPES, Column, Provenance, Split, Table, open_oracle
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.format import Format
from nasrank.bench.oracles.imports.recipe import Recipe

COLUMN = Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")


def read(source: Path, _workshop: Workshop) -> Draft:
    return Draft("nb201", {COLUMN: np.fromfile(source)}, "random numbers", "nobody", "none")


@pytest.fixture
def data_root(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    np.random.default_rng(1).uniform(0, 100, 15_625).tofile(folder / "invented.bin")
    return folder


@pytest.fixture
def recipe(data_root: Path) -> Recipe:
    sha256 = hashlib.sha256((data_root / "invented.bin").read_bytes()).hexdigest()
    return Recipe(
        about="(invented)",
        command="dig it up",
        format=Format("invented", 3, "an invented file", lambda path: path.suffix == ".bin", read),
        space="nb201",
        source="invented.bin",
        sha256=sha256,
        locate=lambda root: find_data("invented.bin", root, advice="It was invented here."),
        advice="Invent it again.",
    )


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def compiled(cache: Path) -> list[Path]:
    return sorted((cache / "oracles").iterdir())


def test_the_first_opening_compiles_and_later_ones_do_not_need_the_source(recipe: Recipe, data_root: Path, cache: Path):
    first = recipe.open(data_root=data_root, cache=cache)
    assert first.provenance == Provenance(
        "nb201", "invented.bin", recipe.sha256, "random numbers", "nobody", "none", "invented", 3
    )
    assert np.array_equal(first.whole(COLUMN), np.fromfile(data_root / "invented.bin"))
    (data_root / "invented.bin").unlink()
    again = recipe.open(data_root=None, cache=cache)
    assert np.array_equal(again.whole(COLUMN), first.whole(COLUMN))


def test_the_compiled_file_is_named_by_recipe_version_and_source(recipe: Recipe, data_root: Path, cache: Path):
    recipe.open(data_root=data_root, cache=cache)
    assert [path.name for path in compiled(cache)] == [f"invented-v3.2-{recipe.sha256[:16]}.arrow"]


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"x" + content[1:], lambda _: b""])
def test_a_damaged_source_is_refused_and_leaves_no_table(recipe: Recipe, data_root: Path, cache: Path, damage):
    source = data_root / "invented.bin"
    source.write_bytes(damage(source.read_bytes()))
    with pytest.raises(DataError, match=r"invented.bin .* truncated, altered or another version.*Invent it again"):
        recipe.open(data_root=data_root, cache=cache)
    assert not cache.exists()


def test_a_missing_source_says_where_it_was_looked_for(recipe: Recipe, tmp_path: Path, cache: Path):
    with pytest.raises(DataError, match=rf"looked for {tmp_path}/invented.bin. It was invented here"):
        recipe.open(data_root=tmp_path, cache=cache)


def test_without_a_data_folder_the_variable_is_named(
    recipe: Recipe, cache: Path, data_root: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    with pytest.raises(DataError, match="set NASRANK_DATA"):
        recipe.open(data_root=None, cache=cache)
    monkeypatch.setenv("NASRANK_DATA", str(data_root))
    assert recipe.open(data_root=None, cache=cache).columns == (COLUMN,)


def test_the_cache_folder_can_come_from_the_environment(
    recipe: Recipe, data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "elsewhere"))
    recipe.open(data_root=data_root, cache=None)
    assert len(compiled(tmp_path / "elsewhere")) == 1


def test_a_truncated_compiled_table_is_refused_and_can_be_made_again(recipe: Recipe, data_root: Path, cache: Path):
    recipe.open(data_root=data_root, cache=cache)
    (path,) = compiled(cache)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="delete it if nasrank compiled it by itself"):
        recipe.open(data_root=data_root, cache=cache)
    path.unlink()
    recipe.open(data_root=data_root, cache=cache).verify()


def test_another_table_under_the_compiled_name_is_refused(recipe: Recipe, data_root: Path, cache: Path, table: Table):
    recipe.open(data_root=data_root, cache=cache)
    (path,) = compiled(cache)
    table.write(path)
    with pytest.raises(DataError, match="was not compiled by invented from its known source"):
        recipe.open(data_root=data_root, cache=cache)


def test_compilation_killed_half_way_leaves_no_table(recipe: Recipe, data_root: Path, cache: Path):
    def interrupted(_: Path, workshop: Workshop) -> Draft:
        workshop.empty(1000, 1000)[0] = 1  # beyond what stays in memory
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(recipe, format=replace(recipe.format, read=interrupted)).open(data_root=data_root, cache=cache)
    assert not compiled(cache)
    recipe.open(data_root=data_root, cache=cache)


def test_oracles_are_named_and_never_chosen_silently(recipe: Recipe, monkeypatch: pytest.MonkeyPatch, data_root, cache):
    with pytest.raises(
        ValueError,
        match=r"unknown oracle 'nasbench'; known are analog-nasbench, nas-bench-101-extract, nas-bench-101-means",
    ):
        open_oracle("nasbench")
    monkeypatch.setitem(nasrank.bench.oracles.RECIPES, recipe.name, recipe)
    assert open_oracle("invented", data_root=data_root, cache=cache).columns == (COLUMN,)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_registered_recipe_states_its_provenance(recipe: Recipe):
    assert re.fullmatch("[0-9a-f]{64}", recipe.sha256)
    assert all((recipe.source, recipe.advice, recipe.format.words))
    assert RECIPES[recipe.name] is recipe
