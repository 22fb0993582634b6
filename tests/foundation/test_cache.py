"""Without a cache folder everything works, and it is said once how to name one (cases, group 3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nasrank.bench.foundation import cache, files


@pytest.fixture(autouse=True)
def _no_spare_folder(monkeypatch):
    monkeypatch.delenv(cache._VARIABLE, raising=False)
    yield
    monkeypatch.delenv(cache._VARIABLE, raising=False)


@pytest.fixture
def unusable(tmp_path) -> Path:
    """A folder that cannot be made, also by a user who may do anything: a file is in its place."""
    (tmp_path / "file").write_text("somebody's")
    return tmp_path / "file" / "cache"


def test_what_is_there_is_not_made_again(tmp_path):
    path = tmp_path / "kept"
    path.write_text("kept")
    assert cache.cached(path, lambda _: pytest.fail("made again")) == path


def test_what_is_absent_is_made_where_it_belongs(tmp_path, capsys):
    assert cache.cached(tmp_path / "new", lambda path: path.write_text("made")).read_text() == "made"
    assert (tmp_path / "new").exists()
    assert not capsys.readouterr().err


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("made")


def test_where_it_cannot_be_written_it_is_made_elsewhere_once(unusable, capsys):
    found = cache.cached(unusable / "new", write)
    assert found.read_text() == "made"
    assert cache.cached(unusable / "new", lambda _: write(_) if _ != found else pytest.fail("made twice")) == found
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "NASRANK_CACHE" in told


def test_a_read_only_cache_is_read(tmp_path, monkeypatch):
    """What others have compiled into a shared folder is used, though this user may not write there."""
    (tmp_path / "kept").write_text("kept")
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: pytest.fail("written to"))
    assert cache.cached(tmp_path / "kept", write) == tmp_path / "kept"


def test_the_home_folder_of_nobody_is_no_cache_folder(monkeypatch, capsys):
    monkeypatch.setenv("NASRANK_CACHE", "~nouser/x")
    assert files.cache_folder(None).is_dir()
    assert "NASRANK_CACHE is '~nouser/x', and that user has no home folder here" in capsys.readouterr().err


def test_a_user_without_a_home_folder_has_no_cache_folder(monkeypatch, capsys):
    monkeypatch.delenv("NASRANK_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("~/.cache/nasrank"))
    assert files.cache_folder(None).is_absolute()
    assert "this user has no home folder" in capsys.readouterr().err


def test_the_data_folder_of_nobody_is_a_mistake(monkeypatch):
    monkeypatch.setenv("NASRANK_DATA", "~nouser/x")
    with pytest.raises(ValueError, match="NASRANK_DATA is '~nouser/x', and that user has no home folder here"):
        files.from_environment("NASRANK_DATA")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["in a file", "of nobody"])
def test_the_tables_are_listed_without_a_cache(unusable, place):
    """And what stood in for it is removed with the process."""
    environment = {**os.environ, "NASRANK_CACHE": str(unusable) if place == "in a file" else "~nouser/x"}
    command = [sys.executable, "-m", "nasrank", "tables", "list"]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    assert "analog-nasbench" in run.stdout
    assert "1 column(s)" in run.stdout
    told = [line for line in run.stderr.splitlines() if "NASRANK_CACHE" in line]
    assert len(told) == 1
    assert (unusable.parent).read_text() == "somebody's"
