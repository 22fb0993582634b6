"""Registries fill themselves from the packages of their homes, and then from plugins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.registry import Registry

TOOLS = """
from nasrank.bench.foundation.registry import Registry

TOOLS = Registry("tool", "shed.bench", within={within!r})


class Tool:
    def __init__(self, name):
        self.name = name
"""
USE = "from shed import TOOLS, Tool\n\nTOOLS.register(Tool({name!r}))\n"


@pytest.fixture
def shed(tmp_path: Path):
    """A package whose registry has a home with two modules; gives the folder of the home."""
    home = tmp_path / "shed" / "bench"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("")
    (tmp_path / "shed" / "__init__.py").write_text(TOOLS.format(within=""))
    for name in ("saw", "axe"):
        (home / f"{name}.py").write_text(USE.format(name=name))
    return home


def python(folder: Path, program: str, **environment: str) -> str:
    command = [sys.executable, "-c", program]
    variables = {"PYTHONPATH": str(folder), **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=folder, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_file_in_its_home_is_all_that_a_thing_needs(shed: Path):
    folder = shed.parents[1]
    assert python(folder, "from shed import TOOLS; print(*TOOLS)") == "axe saw"
    (shed / "file.py").write_text(USE.format(name="file"))
    assert python(folder, "from shed import TOOLS; print(*TOOLS)") == "axe file saw"


def test_of_things_that_are_folders_one_module_is_imported(shed: Path):
    folder = shed.parents[1]
    (folder / "shed" / "__init__.py").write_text(TOOLS.format(within="tool"))
    for name in ("plane", "chisel"):
        (shed / name).mkdir()
        (shed / name / "__init__.py").write_text("")
        (shed / name / "tool.py").write_text(USE.format(name=name))
        (shed / name / "other.py").write_text("raise AssertionError('nobody asked for this module')")
    (shed / "shared").mkdir()
    (shed / "shared" / "__init__.py").write_text("")
    (shed / "shared" / "handles.py").write_text("")
    assert python(folder, "from shed import TOOLS; print(*TOOLS)") == "chisel plane"


@pytest.mark.parametrize("plugin", ["mine", "mine.py"])
def test_a_plugin_is_looked_into_where_a_name_is_not_known(shed: Path, plugin: str):
    folder = shed.parents[1]
    (folder / "mine.py").write_text("print('imported')\n" + USE.format(name="mine"))
    known = "from shed import TOOLS; print(TOOLS['axe'].name, TOOLS.named('{name}').name)"
    assert python(folder, known.format(name="saw"), NASRANK_PLUGINS=plugin) == "axe saw"
    assert python(folder, known.format(name="mine"), NASRANK_PLUGINS=plugin) == "imported\naxe mine"
    assert python(folder, "from shed import TOOLS; print(*TOOLS)", NASRANK_PLUGINS=plugin) == "imported\naxe saw mine"


def test_its_own_things_come_first_whoever_registers_first(shed: Path):
    folder = shed.parents[1]
    (folder / "mine.py").write_text(USE.format(name="mine"))
    assert python(folder, "import shed.bench.saw, mine; from shed import TOOLS; print(*TOOLS)") == "axe saw mine"


def test_a_plugin_that_is_a_file_imports_what_lies_beside_it(shed: Path, tmp_path: Path):
    folder, elsewhere = shed.parents[1], tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "beside.py").write_text("NAME = 'plane'\n")
    (elsewhere / "mine.py").write_text("import beside\n" + USE.format(name="plane"))
    told = python(folder, "from shed import TOOLS; print(*TOOLS)", NASRANK_PLUGINS=str(elsewhere / "mine.py"))
    assert told == "axe saw plane"


def test_an_installed_package_offers_plugins(shed: Path):
    folder = shed.parents[1]
    (folder / "mine.py").write_text(USE.format(name="mine"))
    (folder / "mine-1.0.dist-info").mkdir()
    (folder / "mine-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (folder / "mine-1.0.dist-info" / "entry_points.txt").write_text("[nasrank.plugins]\nmine = mine\n")
    assert python(folder, "from shed import TOOLS; print(*TOOLS)") == "axe saw mine"


def test_a_module_may_look_into_the_registry_that_imports_it(shed: Path):
    (shed / "zoom.py").write_text("from shed import TOOLS\n\nassert TOOLS['axe'].name == 'axe'\n")
    assert python(shed.parents[1], "from shed import TOOLS; print(*TOOLS)") == "axe saw"


def test_a_plugin_that_fails_is_named_with_the_reason(shed: Path):
    folder = shed.parents[1]
    (folder / "mine.py").write_text("1 / 0\n")
    failed = "ValueError: the plugin mine cannot be imported: ZeroDivisionError: division by zero"
    assert python(folder, "from shed import TOOLS; print(*TOOLS)", NASRANK_PLUGINS="mine") == failed
    absent = "ValueError: the plugin nowhere.py cannot be imported: ValueError: there is no such file"
    assert python(folder, "from shed import TOOLS; print(*TOOLS)", NASRANK_PLUGINS="nowhere.py") == absent


class Named:
    def __init__(self, name: object) -> None:
        self.name = name


def test_two_of_one_name():
    things: Registry[Named] = Registry("thing")
    first = things.register(Named("one"))
    assert things.register(first) is first
    with pytest.raises(ValueError, match=r"two of the kind thing are called 'one': test_registry\.Named and"):
        things.register(Named("one"))
    assert things["one"] is first


def test_a_class_that_is_defined_anew_takes_its_own_place():
    """As when a cell of a notebook is run again."""
    things: Registry[type] = Registry("thing")

    def define() -> type:
        class Again:
            name = "again"

        return things.register(Again)

    assert define() is not (latest := define())
    assert things["again"] is latest


@pytest.mark.parametrize("name", [None, "", 3])
def test_what_has_no_name(name: object):
    with pytest.raises(ValueError, match=r"Named cannot be registered: a thing has a name, a text"):
        Registry("thing").register(Named(name))


def test_an_unknown_name_lists_the_known():
    things: Registry[Named] = Registry("thing")
    things.register(Named("one"))
    things.register(Named("two"))
    with pytest.raises(ValueError, match=r"unknown thing 'three'; known are one, two"):
        things.named("three")
    assert "three" not in things
    assert len(things) == 2


def test_packages_are_asked_once_what_they_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking through all of them takes 20 ms, and registries are looked into for every number of a result."""
    asked = []
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **group: asked.append(group) or [])
    monkeypatch.syspath_prepend("/nowhere/else")
    for _ in range(3):
        plugins.load()
    assert asked == [{"group": "nasrank.plugins"}]
    monkeypatch.syspath_prepend("/another/place")
    plugins.load()
    assert len(asked) == 2, "another path may have others"
