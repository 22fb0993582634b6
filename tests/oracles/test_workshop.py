"""Large arrays of an import: apart from each other, zero at first, and many with few open files."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nb201_files as files
import numpy as np
import pytest

from nasrank.bench.oracles.ask import draft
from nasrank.bench.oracles.ask.draft import AT_ONCE, IN_MEMORY, workshop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def few_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_files")
def test_many_arrays_take_few_files(tmp_path: Path):
    """Cases, group 10."""
    with workshop(tmp_path) as here:
        arrays = [here.zeros(IN_MEMORY // 8 + 1) for _ in range(100)]
        for place, array in enumerate(arrays):
            assert not array.any()
            array.fill(place)
        assert [float(array.mean()) for array in arrays] == list(range(100))


def test_an_array_may_be_larger_than_a_file_that_others_are_cut_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(draft, "AT_ONCE", IN_MEMORY * 2)
    with workshop(tmp_path) as here:
        shapes = [(IN_MEMORY // 8 + 1,), (IN_MEMORY, 3), (7, IN_MEMORY // 8), (2,)]
        arrays = [here.zeros(*shape) for shape in shapes] + [here.empty(5, IN_MEMORY // 8)]
        assert [array.shape for array in arrays] == [*shapes, (5, IN_MEMORY // 8)]
        assert np.isnan(arrays.pop()).all()
        for place, array in enumerate(arrays, start=1):
            assert not array.any()
            array.fill(place)
        assert [array.min() for array in arrays] == [array.max() for array in arrays] == [1, 2, 3, 4]
    assert AT_ONCE > IN_MEMORY


@pytest.mark.slow
def test_an_import_with_two_workers_needs_few_files(small_nats: Path, tmp_path: Path):
    """Cases, group 10."""
    program = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
sys.path.insert(0, {str(ROOT)!r})
if __name__ == "__main__":
    from nasrank.bench.commands.main import main
    sys.argv = ["nasrank", "tables", "import", {str(small_nats)!r}, "--jobs", "2", "--cache", {str(tmp_path)!r}]
    main()
"""
    (tmp_path / "program.py").write_text(program)
    run = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "ask it with" in run.stdout


@pytest.fixture
def small_nats(tmp_path: Path) -> Path:
    """Three architectures, with every epoch of both schedules."""
    generator = np.random.default_rng(0)
    records = {
        index: files.invented_record(generator, index, seeds=[888, 777, 999], schedules=("12", "200"))
        for index in (2, 700, 9999)
    }
    return files.write_nats_folder(tmp_path / "NATS-tss-v1_0-3ffb9-simple", records)
