"""nasrank as a wheel brings it: one import name, beside which a user's folders may have any name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tiny import TINY

ROOT = Path(__file__).parents[1]
BUILD = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, built of a copy of the sources."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    for name in ("nasrank", "bench", "predictors", "spaces"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    (source / "dist").mkdir()
    subprocess.run([sys.executable, "-c", BUILD], cwd=source, check=True, capture_output=True)
    (wheel,) = (source / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


@pytest.fixture
def with_folders_of_his_own(tmp_path: Path) -> Path:
    """A folder of a user whose own packages are called `bench`, `spaces` and `predictors`."""
    for name in ("bench", "spaces", "predictors"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('a package of the user was imported')")
    return tmp_path


def python(installed: Path, folder: Path, *words: str) -> str:
    """What Python prints, run in `folder` with the wheel before everything else that is installed."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_everything_that_is_no_code_is_in_the_wheel(installed: Path):
    files = [
        path.relative_to(ROOT)
        for folder in ("bench", "spaces", "predictors", "nasrank")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    places = [file if file.parts[0] == "nasrank" else Path("nasrank", file) for file in files]
    assert len(places) > 250
    assert not [place for place in places if not (installed / place).is_file()]
    assert {path.name for path in installed.iterdir()} == {
        "nasrank",
        *{path.name for path in installed.glob("*.dist-info")},
    }


@pytest.mark.slow
def test_a_study_runs_beside_folders_of_the_same_names(installed: Path, with_folders_of_his_own: Path):
    (with_folders_of_his_own / "tiny.toml").write_text(TINY)
    python(installed, with_folders_of_his_own, "-m", "nasrank", "run", "tiny.toml", "--jobs", "2")
    assert (with_folders_of_his_own / "runs" / "tiny" / "table.md").is_file()
    where = "import nasrank.bench, nasrank.spaces; print(nasrank.bench.__file__, nasrank.spaces.__file__, sep='\\n')"
    for line in python(installed, with_folders_of_his_own, "-c", where).splitlines():
        assert line.startswith(str(installed))


def test_the_public_face(installed: Path, tmp_path: Path):
    program = """
import sys, nasrank
assert "torch" not in sys.modules
for name in nasrank.__all__:
    assert callable(getattr(nasrank, name)), name
assert set(nasrank.__all__) <= set(dir(nasrank))
try:
    nasrank.open_orcale
except AttributeError as error:
    print(error)
"""
    assert "it offers" in python(installed, tmp_path, "-c", program)
