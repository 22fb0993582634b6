"""Downloads that meet each other, are killed, or are sent more than there is (cases, group 5)."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from downloads import interrupt, names_in, published
from faulty_server import CONTENT, Behaviour
from killing import killed_at_every_step

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports import fetch


@pytest.mark.parametrize("announced", [True, False])
def test_no_more_is_taken_than_the_known_size(server: tuple[Behaviour, str], tmp_path: Path, announced: bool) -> None:
    """Cases, group 5: all of 654 MB was written for a file of 300,000 bytes."""
    behaviour, url = server
    behaviour.content, behaviour.announced, behaviour.endless = CONTENT * 3, announced, not announced
    seen = []
    with pytest.raises(DataError, match=f"it sends more than the {len(CONTENT):,} bytes"):
        fetch.fetch(published(url, "a.bin"), tmp_path, report=lambda done, total: seen.append(done))
    assert max(seen, default=0) <= len(CONTENT)
    assert names_in(tmp_path) == [], "what is too long is no beginning of the file"
    behaviour.content, behaviour.announced, behaviour.endless = CONTENT, True, False
    assert fetch.fetch(published(url, "a.bin"), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("announced", [True, False])
def test_nor_when_an_attempt_is_continued(server: tuple[Behaviour, str], tmp_path: Path, announced: bool) -> None:
    interrupt(server, tmp_path)
    server[0].content, server[0].announced = CONTENT + b"more", announced
    with pytest.raises(DataError, match="it sends more than"):
        fetch.fetch(published(server[1], "a.bin"), tmp_path)
    assert names_in(tmp_path) == []


def test_of_two_attempts_at_once_the_second_waits_for_the_first(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    """Cases, group 5: both wrote to one part, and both failed."""
    behaviour, url = server
    begun, go_on = threading.Event(), threading.Event()
    behaviour.pace = lambda: (begun.set(), go_on.wait(30))
    with ThreadPoolExecutor() as pool:
        first = pool.submit(fetch.fetch, published(url, "a.bin"), tmp_path)
        assert begun.wait(30)
        others = [pool.submit(fetch.fetch, published(url, "a.bin"), tmp_path) for _ in range(3)]
        time.sleep(0.2)
        assert len(behaviour.requests) == 1
        go_on.set()
        assert {one.result().read_bytes() for one in (first, *others)} == {CONTENT}
    assert behaviour.sent == [len(CONTENT)]
    assert names_in(tmp_path) == ["a.bin"]


@pytest.mark.slow
def test_killed_at_any_step_the_next_attempt_has_the_file_and_leaves_nothing_else(
    server: tuple[Behaviour, str], tmp_path: Path
) -> None:
    source = published(server[1], "a.bin")
    folder = tmp_path / "downloads"

    def resume() -> None:
        if folder.exists():
            assert fetch.fetch(source, folder).read_bytes() == CONTENT
            assert names_in(folder) == ["a.bin"]
            (folder / "a.bin").unlink()

    steps = 0
    for _ in killed_at_every_step(lambda: fetch.fetch(source, folder), resume):
        steps += 1
        target = folder / "a.bin"
        assert not target.exists() or target.read_bytes() == CONTENT
    assert steps > 30
