"""Nothing a file says is imported, called or executed."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pickles import MEASURED, PROTOCOL_2, STOP, Calls, named, text

from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError

_events: list[str] | None = None


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if _events is not None and event != "array.__new__":  # the memo's own
        _events.append(f"{event} {arguments[:1]}")


sys.addaudithook(_audit)


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """All that Python does meanwhile that could harm: imports, code, processes, files, unpickling."""
    global _events
    _events = []
    try:
        yield _events
    finally:
        _events = None


CANARY = "open('canary', 'w')"
FORBIDDEN = {
    "posix.system": "touch canary",
    "nt.system": "touch canary",
    "os.system": "touch canary",
    "subprocess.Popen": "touch canary",
    "builtins.eval": CANARY,
    "builtins.exec": CANARY,
    "__builtin__.eval": CANARY,
    "builtins.__import__": "antigravity",
    "builtins.getattr": "a",
    "builtins.open": "canary",
    "torch._utils._rebuild_tensor_v2": "a",
    "torch.storage._load_from_bytes": "a",
    "torch.load": "canary",
    "numpy.load": "canary",
    "numpy.f2py.crackfortran.myeval": CANARY,
    "numpy.testing._private.utils.runstring": CANARY,
    "numpy.core.multiarray.fromfile": "canary",
    "numpy._core.numeric._frombuffer": "a",
    "collections.abc.Sized.__class__": "a",
    "collections.OrderedDict.__init__": "a",
    "copyreg.__newobj__": "a",
    "functools.partial": "a",
    "pickle.loads": "a",
    "nasrank.bench.oracles.foreign.inert_pickle.load": "a",
    f"{MEASURED}.__init__": "a",
}
DUMPED = {
    "posix.system": Calls(os.system, "touch canary"),
    "subprocess.Popen": Calls(subprocess.Popen, "touch canary"),
    "builtins.eval": Calls(eval, CANARY),
    "builtins.getattr": Calls(getattr, "a", "b"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("instruction", ["GLOBAL", "STACK_GLOBAL"])
def test_a_name_that_is_not_admitted_is_refused(
    name: str, instruction: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    module, _, attribute = name.rpartition(".")
    words = named(module, attribute) if instruction == "GLOBAL" else text(module) + text(attribute) + b"\x93"
    refused(PROTOCOL_2 + words + text(FORBIDDEN[name]) + b"\x85R" + STOP, name, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", [name for name in DUMPED if name != "posix.system" or os.name == "posix"])
@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_an_exploit_of_any_protocol_is_refused(
    name: str, protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    attribute = name.rpartition(".")[2]  # up to protocol 2, the module goes by the name it had in Python 2
    refused(pickle.dumps(DUMPED[name], protocol), rf"\w+\.{attribute}", tmp_path, monkeypatch)


def refused(data: bytes, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "hostile.pickle").write_bytes(data)
    for read in (
        inert_pickle.load,
        lambda file: inert_pickle.load_entries(file, within="arch2infos", harvest=lambda key, value: None),
    ):
        with (folder / "hostile.pickle").open("rb") as file, watched() as events:
            with pytest.raises(
                PickleError, match=rf"^pickle refused at byte \d+: it names {name}, which is not admitted"
            ):
                read(file)
            assert events == []
    assert [path.name for path in folder.iterdir()] == ["hostile.pickle"]


def test_the_watch_would_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with watched() as events:
        pickle.loads(pickle.dumps(Calls(eval, CANARY)))
    assert (tmp_path / "canary").exists()
    assert any(event.startswith("open") for event in events)
