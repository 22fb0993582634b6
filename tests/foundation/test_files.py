from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from nasrank.bench.foundation.files import DataError, cache_folder, check_sha256, find_data, replacing


def test_a_block_that_ends_well_replaces_the_file(tmp_path: Path):
    path = tmp_path / "new" / "file.txt"
    for content in ("first", "second"):
        with replacing(path) as temporary:
            assert temporary.parent.parent == path.parent, "on the same disk"
            temporary.write_text(content)
        assert path.read_text() == content
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("reason", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, reason: type[BaseException]):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise reason

    with pytest.raises(reason):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_cache_is_the_argument_then_the_variable_then_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "named"))
    assert cache_folder(tmp_path) == tmp_path
    assert cache_folder(None) == tmp_path / "named"
    monkeypatch.setenv("NASRANK_CACHE", "")
    assert cache_folder(None) == platformdirs.user_cache_path("nasrank", appauthor=False)


def test_the_data_folder_is_the_argument_then_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "table.csv").touch()
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path / "two"))
    assert find_data("table.csv", tmp_path / "one", advice="") == tmp_path / "one" / "table.csv"
    with pytest.raises(DataError, match=rf"table.csv is missing: looked for {tmp_path}/two/table.csv. Buy it."):
        find_data("table.csv", None, advice="Buy it.")


def test_a_checksum_that_differs_is_told_with_both(tmp_path: Path):
    path = tmp_path / "abc.txt"
    path.write_text("abc")
    check_sha256(path, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", advice="")
    with pytest.raises(DataError, match=r"abc.txt \(3 bytes\) .* its sha256 is ba7816.*expected 00.* Get it again\."):
        check_sha256(path, "00" * 32, advice="Get it again.")
