"""What the user, his files, his disk or the operating system did ends in one line and exit code 2 (cases, group 3)."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from tiny import TINY

from nasrank.bench import oracles
from nasrank.bench.commands import main as module
from nasrank.bench.studies.study_file import load_study


def failing(reason):
    def app():
        raise reason

    return app


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a/file"), "No space left on device: 'a/file'"),
        (NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "file/x"), "Not a directory: 'file/x'"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "x"), "Permission denied: 'x'"),
        (MemoryError(), "the memory does not suffice"),
        (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), "the memory does not"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "the memory does not suffice"),
        (ValueError("\x1b[31m" + "x" * 10**5), "\\x1b[31mxxx"),
    ],
)
def test_a_failure_is_one_line_and_exit_code_2(command, monkeypatch, reason, words):
    monkeypatch.setattr(module, "app", failing(reason))
    code, _, err = command("run")
    assert code == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert len(err) < 2000


def test_a_mistake_of_ours_is_a_traceback(monkeypatch):
    monkeypatch.setattr(module, "app", failing(RuntimeError("unexpected")))
    with pytest.raises(RuntimeError, match="unexpected"):
        module.main()


def test_a_cache_that_cannot_be_written_to_says_how_to_name_another(command, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "file" / "cache"))
    source = Path(oracles.__file__).parent / "imports" / "tabulated" / "nb101-digits.arrow"
    code, _, err = command("tables", "import", source, "--name", "mine")
    assert code == 2
    assert "name another cache folder with NASRANK_CACHE" in err
    assert len(err.strip().splitlines()) == 1


def test_the_version_is_printed(command):
    code, out, _ = command("--version")
    assert (code, out) == (0, f"nasrank {version('nasrank')}\n")


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("gpu", "training.device: unknown device 'gpu'; known are 'cpu', 'cuda' and"),
        ("cuda:x", "training.device: unknown device 'cuda:x'"),
        ("cuda", "training.device: device = 'cuda', but torch"),
        ("cuda:7", "training.device: device = 'cuda:7', but"),
    ],
)
@pytest.mark.parametrize("place", ["study", "option"])
def test_a_device_that_is_not_there_is_refused_with_file_line_and_key(
    command, monkeypatch, tmp_path, device, words, place
):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    there = place == "study"
    text = TINY.replace("passes = 4", f'passes = 4\ndevice = "{device}"') if there else TINY
    option = () if there else ("--device", device)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    code, _, err = command("run", path, "--work", tmp_path / "work", "--out", tmp_path / "out", *option)
    assert code == 2
    line = text.splitlines().index(f'device = "{device}"' if there else "[training]") + 1
    assert f"mine.toml, line {line}: {words}" in err
    assert not (tmp_path / "work").exists()


def test_the_cpu_takes_the_place_of_a_gpu_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    path = tmp_path / "mine.toml"
    path.write_text(TINY.replace("passes = 4", 'passes = 4\ndevice = "cuda"'))
    assert load_study(path, device="cpu").training.device == "cpu"


def test_a_row_on_another_device_is_refused(command, tmp_path):
    path = tmp_path / "mine.toml"
    variant = '[variants.mine]\nstrategy = "spos"\nlabel = "mine"\n[variants.mine.training]\ndevice = "cuda"\n'
    path.write_text(TINY + variant)
    code, _, err = command("run", path, "--work", tmp_path / "work", "--out", tmp_path / "out")
    assert code == 2
    assert "variants.mine.training.device: rows are compared on one device, the study's" in err


def nasrank(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nasrank", *words]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=120, check=False, **options)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_a_full_disk_under_the_output_is_one_line():
    with Path("/dev/full").open("w") as full:
        run = nasrank("--version", stdout=full)
    assert run.returncode == 2
    assert run.stderr == "nasrank: [Errno 28] No space left on device\n"


@pytest.mark.slow
def test_a_reader_that_has_read_enough_is_no_failure():
    """As in `nasrank spaces | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    run = nasrank("--version", stdout=writing)
    os.close(writing)
    assert run.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_whole_run_in_an_encoding_without_our_symbols(tmp_path, encoding):
    (tmp_path / "tiny.toml").write_text(TINY.replace('"tiny"', '"漢字 x [/] y → \\u001b[31m"'), encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    run = nasrank("run", "tiny.toml", "--jobs", "1", cwd=tmp_path, env=environment, stdout=subprocess.PIPE)
    assert run.returncode == 0, run.stderr
    assert "x [/] y >" in run.stdout
    assert "\x1b" not in run.stdout
