from __future__ import annotations

import bz2
import copy
import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError
from nasrank.bench.oracles.foreign.torch_file import is_torch_file, open_object

ROOT = {"meta_archs": ["|a~0|", "|b~0|"], "arch2infos": {0: {"full": {"x@1": 0.5}}, 1: {}}, "evaluated_indexes": {0, 1}}
FORMS = {"zip": True, "legacy": False}


def saved(folder: Path, thing: object, form: str, **arguments: Any) -> Path:
    path = folder / f"{form}.pth"
    torch.save(thing, path, _use_new_zipfile_serialization=FORMS[form], **arguments)
    return path


def read(path: Path) -> Any:
    with open_object(path) as stream:
        return inert_pickle.load(stream)


@pytest.mark.parametrize("form", FORMS)
class TestBothForms:
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_the_object_is_read_without_torch(self, form: str, protocol: int, tmp_path: Path):
        path = saved(tmp_path, ROOT, form, pickle_protocol=protocol)
        assert read(path) == ROOT == torch.load(path, weights_only=False)

    def test_it_is_recognised(self, form: str, tmp_path: Path):
        assert is_torch_file(saved(tmp_path, ROOT, form))

    def test_tensors_are_refused(self, form: str, tmp_path: Path):
        with pytest.raises(DataError, match="tensors"):
            read(saved(tmp_path, {"weights": torch.zeros(3)}, form))

    def test_objects_that_call_are_refused(self, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        class Hostile:
            def __reduce__(self) -> object:
                return os.mkdir, ("canary",)

        monkeypatch.chdir(tmp_path)
        path = saved(tmp_path, Hostile(), form)
        with pytest.raises(PickleError, match=r"names (posix|nt)\.mkdir"):
            read(path)
        assert not (tmp_path / "canary").exists()

    def test_truncated_files_are_refused(self, form: str, tmp_path: Path):
        path = saved(tmp_path, ROOT, form)
        whole = path.read_bytes()
        for kept in range(0, len(whole), 11):
            path.write_bytes(whole[:kept])
            with pytest.raises(DataError):
                read(path)

    def test_altered_files_are_read_or_refused_and_never_fail_otherwise(self, form: str, tmp_path: Path):
        path = saved(tmp_path, ROOT, form)
        whole = path.read_bytes()
        for at in range(0, len(whole), 3):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
            is_torch_file(path)
            try:
                read(path)
            except DataError:
                continue

    def test_what_the_reader_of_the_stream_raises_is_its_own(self, form: str, tmp_path: Path):
        with pytest.raises(OSError, match="mine"), open_object(saved(tmp_path, ROOT, form)):
            raise OSError("mine")


class TestForeignFiles:
    @pytest.mark.parametrize(
        "content",
        [b"", b"accuracy,94.37\n", b"PK\x03\x04", b"\x80\x02]q\x00.", pickle.dumps(ROOT, 2), bz2.compress(b"a")],
    )
    def test_they_are_refused_and_not_recognised(self, content: bytes, tmp_path: Path):
        path = tmp_path / "file"
        path.write_bytes(content)
        assert not is_torch_file(path)
        with pytest.raises(DataError, match=str(path)):
            read(path)

    def test_missing_files(self, tmp_path: Path):
        assert not is_torch_file(tmp_path / "none")
        with pytest.raises(DataError, match=r"none cannot be opened"):
            read(tmp_path / "none")

    def archive(self, folder: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
        with zipfile.ZipFile(folder / "file.pth", "w", compression) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return folder / "file.pth"

    @pytest.mark.parametrize(
        ("members", "reason"),
        [
            (["a/version"], "holds 0 members"),
            (["a/data.pkl", "b/data.pkl"], "holds 2 members"),
            (["a/data.pkl", "b/version"], "holds 'b/version' outside of a/"),
            (["a/data.pkl", "../version"], "outside of a/"),
            (["a/data.pkl", "a/data/0"], "holds tensors"),
            (["a/b/data.pkl"], "holds 0 members"),
            (["data.pkl"], "holds 0 members"),
        ],
    )
    def test_other_archives(self, members: list[str], reason: str, tmp_path: Path):
        with pytest.raises(DataError, match=reason):
            read(self.archive(tmp_path, {name: pickle.dumps(ROOT, 2) for name in members}))

    def test_archives_that_expand(self, tmp_path: Path):
        """A compression bomb: torch.save compresses nothing."""
        path = self.archive(tmp_path, {"a/data.pkl": b"\x80\x02" + b"]" * 10**6}, zipfile.ZIP_DEFLATED)
        with pytest.raises(DataError, match="compressed or encrypted"):
            read(path)

    def test_archives_whose_checksum_is_wrong(self, tmp_path: Path):
        path = self.archive(tmp_path, {"a/data.pkl": pickle.dumps({"best": 94.37}, 2)})
        path.write_bytes(path.read_bytes().replace(b"best", b"bests"[1:]))
        with pytest.raises(DataError, match="altered: Bad CRC-32"):
            read(path)


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("form", FORMS)
def test_official_records_are_read_as_torch_reads_them(form: str, tmp_path: Path, nasrank_data: Path):
    """The three genuine records, as NAS-Bench-201's own files hold them: nothing shared between entries."""
    folder = nasrank_data / "NATS-tss-v1_0-3ffb9-simple"
    genuine = [pickle.loads(bz2.decompress(path.read_bytes())) for path in sorted(folder.glob("0*.pbz2"))]
    records = [{"less": each["12"], "full": each["200"]} for each in genuine]
    root = {
        "meta_archs": [each["full"]["arch_str"] for each in records],
        "arch2infos": {number: copy.deepcopy(records[number % 3]) for number in range(6)},
        "evaluated_indexes": set(range(6)),
    }
    path = saved(tmp_path, root, form)
    found: dict[int, Any] = {}
    with open_object(path) as stream:
        head = inert_pickle.load_entries(stream, within="arch2infos", harvest=found.__setitem__)
    assert is_torch_file(path)
    trusted = torch.load(io.BytesIO(path.read_bytes()), weights_only=False)
    assert found == trusted["arch2infos"]
    assert head == {**trusted, "arch2infos": dict.fromkeys(range(6))}
