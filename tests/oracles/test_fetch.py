"""Downloads, against a server of our own whose faults we choose."""

from __future__ import annotations

import hashlib
import sys
import threading
from pathlib import Path

import pytest
from downloads import HALF, interrupt, names_in, published
from faulty_server import CONTENT, Behaviour, Handler, serving

from nasrank.bench.data import splits
from nasrank.bench.data.images import cifar10
from nasrank.bench.foundation.files import DataError, downloads_folder
from nasrank.bench.oracles import RECIPES
from nasrank.bench.oracles.imports import addresses, fetch
from nasrank.bench.oracles.imports.addresses import SOURCES, find_source
from nasrank.bench.oracles.imports.sources import ByHand, Download


def test_a_file_arrives_and_progress_ends_at_its_size(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = fetch.fetch(published(server[1], "a.bin"), tmp_path, report=lambda *now: seen.append(now))
    assert found == tmp_path / "a.bin"
    assert found.read_bytes() == CONTENT
    assert names_in(tmp_path) == ["a.bin"]
    assert seen == sorted(seen)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert server[0].requests[0]["Accept-Encoding"] == "identity"


def test_files_that_belong_together_get_their_folder(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    source = published(server[1], "a.bin", "b.bin", folder="both")
    found = fetch.fetch(source, tmp_path, report=lambda *now: seen.append(now))
    assert found == tmp_path / "both"
    assert names_in(found) == ["a.bin", "b.bin"]
    assert seen == sorted(seen)
    assert seen[-1] == (2 * len(CONTENT), 2 * len(CONTENT))


def test_what_is_there_is_not_downloaded_again(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    source = published(server[1], "a.bin")
    fetch.fetch(source, tmp_path)
    fetch.fetch(source, tmp_path)
    assert len(server[0].requests) == 1


def test_another_file_of_that_name_is_left_alone_and_said_to_be_in_the_way(
    server: tuple[Behaviour, str], tmp_path: Path
) -> None:
    """It may be somebody's own: cases, group 1."""
    (tmp_path / "a.bin").write_bytes(b"altered")
    with pytest.raises(DataError, match=r"a\.bin \(7 bytes\) is truncated, altered or another.*Move it away, and the"):
        fetch.fetch(published(server[1], "a.bin"), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"altered"
    assert server[0].requests == []


def test_wrong_content_is_refused_with_both_checksums_and_removed(
    server: tuple[Behaviour, str], tmp_path: Path
) -> None:
    server[0].content = b"<html>Please log in</html>"
    with pytest.raises(DataError) as refusal:
        fetch.fetch(published(server[1], "a.bin"), tmp_path)
    assert hashlib.sha256(CONTENT).hexdigest() in str(refusal.value)
    assert hashlib.sha256(server[0].content).hexdigest() in str(refusal.value)
    assert names_in(tmp_path) == []


def test_an_interrupted_download_asks_for_the_rest_only(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    kept = interrupt(server, tmp_path)
    seen: list[tuple[int, int]] = []
    found = fetch.fetch(published(server[1], "a.bin"), tmp_path, report=lambda *now: seen.append(now))
    assert found.read_bytes() == CONTENT
    assert server[0].requests[-1]["Range"] == f"bytes={kept}-"
    assert server[0].requests[-1]["If-Range"] == '"one"'
    assert server[0].sent[-1] == len(CONTENT) - kept
    assert seen[0][0] > kept
    assert names_in(tmp_path) == ["a.bin"]


def test_interrupted_twice(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    first = interrupt(server, tmp_path)
    server[0].cut_after = HALF // 2
    with pytest.raises(DataError, match="is kept"):
        fetch.fetch(published(server[1], "a.bin"), tmp_path)
    second = (tmp_path / "a.bin.part").stat().st_size
    server[0].cut_after = None
    assert first < second < len(CONTENT)
    assert fetch.fetch(published(server[1], "a.bin"), tmp_path).read_bytes() == CONTENT
    assert server[0].sent[-1] == len(CONTENT) - second


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_a_server_without_a_strong_etag_is_still_resumed(
    server: tuple[Behaviour, str], tmp_path: Path, etag: str
) -> None:
    server[0].etag = etag
    kept = interrupt(server, tmp_path)
    assert fetch.fetch(published(server[1], "a.bin"), tmp_path).read_bytes() == CONTENT
    assert "If-Range" not in server[0].requests[-1]
    assert server[0].sent[-1] == len(CONTENT) - kept


def test_a_server_that_ignores_ranges_starts_over(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    interrupt(server, tmp_path)
    server[0].ranges = False
    assert fetch.fetch(published(server[1], "a.bin"), tmp_path).read_bytes() == CONTENT
    assert server[0].sent[-1] == len(CONTENT)


def test_a_file_that_changed_between_the_attempts_starts_over(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    behaviour, url = server
    behaviour.content = bytes(len(CONTENT))  # an older version of the same length, of which half arrives
    behaviour.cut_after = HALF
    with pytest.raises(DataError, match="resumes"):
        fetch.fetch(published(url, "a.bin"), tmp_path)
    behaviour.content, behaviour.cut_after, behaviour.etag = CONTENT, None, '"two"'
    assert fetch.fetch(published(url, "a.bin"), tmp_path).read_bytes() == CONTENT
    assert behaviour.sent[-1] == len(CONTENT)
    assert names_in(tmp_path) == ["a.bin"]


def test_killed_after_the_last_byte(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    (tmp_path / "a.bin.part").write_bytes(CONTENT)
    assert fetch.fetch(published(server[1], "a.bin"), tmp_path).read_bytes() == CONTENT
    assert server[0].sent == []


def test_a_part_longer_than_the_file_starts_over(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    (tmp_path / "a.bin.part").write_bytes(CONTENT + b"more")
    assert fetch.fetch(published(server[1], "a.bin"), tmp_path).read_bytes() == CONTENT
    assert server[0].sent == [len(CONTENT)]


def test_not_found(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    server[0].missing = True
    with pytest.raises(DataError, match=r"a\.bin could not be downloaded from http.*404 Not Found") as refusal:
        fetch.fetch(published(server[1], "a.bin"), tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_server_that_moved_keeps_what_has_arrived(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    kept = interrupt(server, tmp_path)
    server[0].missing = True
    with pytest.raises(DataError, match=f"{kept:,} bytes"):
        fetch.fetch(published(server[1], "a.bin"), tmp_path)
    server[0].missing = False
    assert fetch.fetch(published(server[1], "a.bin"), tmp_path).read_bytes() == CONTENT
    assert server[0].sent[-1] == len(CONTENT) - kept


def test_refused_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Behaviour()) as url:
        pass  # it listens no more
    with pytest.raises(DataError, match="no connection to the server") as refusal:
        fetch.fetch(published(url, "a.bin"), tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_silent_server_is_given_up(
    server: tuple[Behaviour, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(Handler, "do_GET", lambda self: released.wait(10))
    monkeypatch.setattr(fetch, "_SECONDS_OF_SILENCE", 0.05)
    with pytest.raises(DataError, match="did not answer in time"):
        fetch.fetch(published(server[1], "a.bin"), tmp_path)
    released.set()


@pytest.mark.parametrize("package", ["pooch", "requests"])
def test_a_missing_extra_says_how_to_install_it(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DataError, match=r"pip install 'nasrank\[fetch\]'"):
        fetch.fetch(published("http://127.0.0.1", "a.bin"), tmp_path)


@pytest.mark.parametrize(
    "source", [one for one in SOURCES.values() if isinstance(one, ByHand)], ids=lambda one: one.name
)
def test_what_has_no_stable_address_says_where_it_is(source: ByHand, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        fetch.fetch(source, tmp_path)
    for part in (source.link, source.page, source.size, f"nasrank tables import {source.file}"):
        assert part in str(refusal.value)
    assert source.md5_ending in source.file


def test_every_download_has_a_whole_checksum_and_a_fixed_address() -> None:
    downloads = [one for one in SOURCES.values() if isinstance(one, Download)]
    files = [file for source in downloads for file in source.files]
    assert len({file.sha256 for file in files}) == len(files)
    for file in files:
        assert len(bytes.fromhex(file.sha256)) == 32
        assert file.url.startswith("https://")
        assert file.url.endswith(f"/{Path(file.name).name}")
        assert not Path(file.name).is_absolute()
        assert ".." not in Path(file.name).parts
    for source in downloads:
        assert source.licence
        assert source.folder or source.main in {*source.needed, *(str(Path(path).parent) for path in source.needed)}


@pytest.mark.data
def test_the_three_records_are_those_of_the_data_folder(nasrank_data: Path) -> None:
    source = find_source("nats-bench-three-records")
    assert isinstance(source, Download)
    folder = nasrank_data / source.folder
    for file in source.files:
        content = (folder / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="nats-bench-topology"):
        find_source("nats")
    assert addresses.find_source("nas-bench-101").name == "nas-bench-101"


def test_downloads_go_below_the_cache(tmp_path: Path) -> None:
    assert downloads_folder(tmp_path) == tmp_path / "downloads"


def test_files_may_have_folders_of_their_own(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    """One source of several files, as the means of three data sets are."""
    source = published(server[1], "one/a.csv", "two/a.csv", folder="both")
    assert fetch.fetch(source, tmp_path) == tmp_path / "both"
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == {
        "both/one/a.csv",
        "both/two/a.csv",
    }
    assert source.needed == ("both/one/a.csv", "both/two/a.csv")
    (tmp_path / "both" / "one" / "a.csv").unlink()
    fetch.fetch(source, tmp_path)
    assert len(server[0].requests) == 3, "what is there is not downloaded again"


def test_the_images_of_cifar10_are_those_that_the_data_set_knows() -> None:
    source = find_source("cifar10")
    assert isinstance(source, Download)
    (archive,) = (file.archive for file in source.files if file.archive)
    checksums = {member.name: member.sha256 for member in archive.members if member.sha256}
    assert checksums.items() >= cifar10.FILES.items()
    assert archive.folder == cifar10.FOLDER
    split = source.files[1]
    assert (split.name, split.sha256) == (splits.OFFICIAL_FILE, splits.OFFICIAL_SHA256)


@pytest.mark.parametrize("name", ["nas-bench-201-means", "nas-bench-101-means"])
def test_a_table_that_is_fetched_is_known_by_the_same_checksums(name: str) -> None:
    source, recipe = find_source(name), RECIPES[name]
    assert isinstance(source, Download)
    assert source.main == recipe.source
    known = dict(recipe.parts) or {source.files[0].name: recipe.sha256}
    assert {file.name: file.sha256 for file in source.files} == known
    assert recipe.command == f"nasrank fetch {name}"
    assert f"({source.size}, {source.licence})" in _missing(name)


def _missing(name: str) -> str:
    with pytest.raises(DataError) as error:
        RECIPES[name].locate(Path("nowhere"))
    return str(error.value)
