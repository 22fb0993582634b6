"""tox takes torch without CUDA where there is no use for CUDA, where it can be had, and where nobody said otherwise."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def toxfile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """As on a PC with Linux that has no GPU."""
    spec = importlib.util.spec_from_file_location("toxfile", ROOT / "toxfile.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(module, "DEVICES", tmp_path)
    return module


class Index:
    """A local server with a page for torch, which it sends when `may_answer` is set."""

    def __init__(self) -> None:
        may_answer = self.may_answer = Event()
        may_answer.set()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                may_answer.wait(10)
                self.send_response(200 if self.path == "/cpu/torch/" else 404)
                self.end_headers()

            def log_message(self, *words: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/cpu"


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index()
    yield made
    made.may_answer.set()
    made.server.shutdown()


def test_without_a_gpu_the_cpu_build_is_wanted(toxfile: ModuleType) -> None:
    assert toxfile.wants_cpu_build({})


def test_with_a_gpu_it_is_not(toxfile: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia0").touch()
    assert not toxfile.wants_cpu_build({})
    (tmp_path / "nvidia0").unlink()
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert not toxfile.wants_cpu_build({})


def test_nor_where_pypi_has_no_other(toxfile: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert not toxfile.wants_cpu_build({})
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert toxfile.wants_cpu_build({})
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not toxfile.wants_cpu_build({})


@pytest.mark.parametrize(
    "variable", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "NASRANK_TORCH"]
)
def test_nor_where_a_user_has_chosen(toxfile: ModuleType, variable: str) -> None:
    assert not toxfile.wants_cpu_build({variable: "pypi"})


@pytest.mark.slow
def test_pips_own_configuration_is_a_choice(
    toxfile: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for option in toxfile.OF_INDEXES:
        monkeypatch.delenv(f"PIP_{option}".replace("-", "_").upper(), raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert not toxfile.pip_is_configured()
    (tmp_path / "pip.conf").write_text("[global]\nextra-index-url = https://packages.example.org/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert toxfile.pip_is_configured()


def test_an_index_must_answer_in_time(toxfile: ModuleType, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    assert toxfile.answers(index.address)
    assert not toxfile.answers(index.address + "/elsewhere")
    assert not toxfile.answers("http://127.0.0.1:1/cpu")
    assert not toxfile.answers("no address")
    monkeypatch.setattr(toxfile, "PATIENCE", 0.1)
    index.may_answer.clear()
    assert not toxfile.answers(index.address)


INSTALLER = "import os, sys; open('said', 'a').write(f\"{os.environ.get('PIP_EXTRA_INDEX_URL')} {sys.argv[1:]}\\n\")"
SETTINGS = """\
[testenv]
package = skip
dependency_groups = wanted
install_command = python {tox_root}/installer.py {packages}
commands = python -c ""
"""


@pytest.mark.slow
@pytest.mark.parametrize(("wanted", "chosen"), [("torch>=2", True), ("numpy", False)])
def test_tox_installs_from_it(toxfile: ModuleType, index: Index, tmp_path: Path, wanted: str, chosen: bool) -> None:
    """With tox itself, whose installer here writes down what it is told; no other environment is touched."""
    text = (ROOT / "toxfile.py").read_text(encoding="utf-8")
    for there, here in (
        (toxfile.INDEX, index.address),
        ('Path("/dev")', 'Path("none")'),
        ('shutil.which("nvidia-smi")', "None"),
    ):
        assert there in text
        text = text.replace(there, here)
    (tmp_path / "toxfile.py").write_text(text)
    (tmp_path / "tox.ini").write_text(SETTINGS)
    (tmp_path / "pyproject.toml").write_text(f'[dependency-groups]\nwanted = ["{wanted}"]\n')
    (tmp_path / "installer.py").write_text(INSTALLER)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "TOX", "NASRANK_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "tox", "run", "-e", "py"],
        cwd=tmp_path,
        env={**environment, "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "said").read_text() == f"{index.address if chosen else None} ['{wanted}']\n"
    assert ("NASRANK_TORCH=pypi takes PyPI's" in done.stdout + done.stderr) == chosen
