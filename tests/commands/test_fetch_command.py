"""`nasrank fetch`, as a user meets it, against a server of our own."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from faulty_server import Behaviour, serving
from samples import SAMPLES

from nasrank.bench.foundation.files import find_data
from nasrank.bench.oracles import RECIPES, Column, Split, open_oracle
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.addresses import SOURCES
from nasrank.bench.oracles.imports.recipes.fetched import fetched
from nasrank.bench.oracles.imports.sources import Archive, ByHand, Download, File, Member
from nasrank.spaces import get_enumerated

COLUMN = Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")
CONTENT = gzip.compress(np.linspace(10, 90, len(get_enumerated("nb201"))).tobytes())
Command = Callable[..., tuple[int, str, str]]


def read(source: Path, _workshop: Workshop) -> Draft:
    values = np.frombuffer(gzip.decompress((source / "a.gz").read_bytes()))
    return Draft("nb201", {COLUMN: values}, "invented", "nobody", "MIT")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Behaviour, str]]:
    """With a cache of its own, and a table of two equal files that can be fetched from it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    behaviour = Behaviour(content=CONTENT)
    with serving(behaviour) as url:
        publish(monkeypatch, url)
        yield behaviour, url


def publish(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(File(name, f"{url}/{name}", sha256, len(CONTENT)) for name in ("a.gz", "b.gz"))
    source = Download("invented-means", "invented accuracies", "https://example.org", files, "MIT", folder="in/vented")
    listing = "".join(f"{sha256}  {name}\n" for name in ("a.gz", "b.gz"))
    recipe = fetched(
        "invented-means",
        space="nb201",
        source="in/vented",
        sha256=hashlib.sha256(listing.encode()).hexdigest(),
        parts=(("a.gz", sha256), ("b.gz", sha256)),
        size="1 kB",
        licence="MIT",
        about="(invented)",
        words="an invented folder",
        recognises=lambda path: path.name == "vented",
        read=read,
    )
    monkeypatch.setitem(SOURCES, source.name, source)
    monkeypatch.setitem(RECIPES, recipe.name, recipe)


@pytest.mark.usefixtures("server")
def test_one_command_and_the_table_can_be_asked(command: Command) -> None:
    code, _, err = command("tables", "info", "invented-means")
    assert (code, err) == (
        2,
        "nasrank: the table invented-means is not here yet; to get it (1 kB, MIT): nasrank fetch invented-means\n",
    )
    code, out, err = command("fetch", "invented-means")
    assert (code, err) == (0, "")
    assert "licence: MIT, https://example.org" in out
    assert out.index("MB in 2 files") < out.index("verified and ready"), "sizes are said before"
    assert "ask it with: nasrank tables info invented-means" in out
    assert command("tables", "info", "invented-means")[0] == 0
    table = open_oracle("invented-means")
    assert table.whole(COLUMN)[0] == 10
    assert table.provenance.sha256 == RECIPES["invented-means"].sha256


@pytest.mark.slow
@pytest.mark.parametrize("words", [("fetch",), ("tables", "fetch")])
def test_without_a_name_it_lists_what_there_is_and_what_is_here(
    server: tuple[Behaviour, str], command: Command, words: tuple[str, ...]
) -> None:
    def state() -> str:
        code, out, _ = command(*words)
        assert code == 0
        return next(line.split()[-1] for line in out.splitlines() if line.startswith(" invented-means"))

    listed = command(*words)[1]
    for source in SOURCES.values():
        assert source.name in listed
        assert source.size in listed
        assert source.licence in listed
    assert state() == "no"
    command("fetch", "invented-means")
    assert state() == "yes"
    assert len(server[0].requests) == 2


def test_what_is_here_is_not_fetched_again(server: tuple[Behaviour, str], command: Command) -> None:
    command("fetch", "invented-means")
    code, out, _ = command("fetch", "invented-means", "invented-means")
    assert code == 0
    assert "invented-means is here already; ask it with" in out
    assert len(server[0].requests) == 2


def test_wrong_content_is_refused_and_leaves_no_table(server: tuple[Behaviour, str], command: Command) -> None:
    server[0].content = CONTENT[:-1] + b"x"
    code, _, err = command("fetch", "invented-means")
    assert code == 2
    assert "was refused" in err
    assert len(err.splitlines()) == 1
    assert not RECIPES["invented-means"].is_at_hand()


def test_without_a_network_one_line_says_so_and_the_command_resumes(
    server: tuple[Behaviour, str], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Behaviour()) as gone:
        pass
    publish(monkeypatch, gone)
    code, _, err = command("fetch", "invented-means")
    assert code == 2
    assert "no connection to the server" in err
    assert len(err.splitlines()) == 1
    publish(monkeypatch, server[1])
    assert command("fetch", "invented-means")[0] == 0


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("invented-means", "nowhere"), "nothing is known under the name 'nowhere'; known are nas-bench-201-means"),
        (("invented-means", "nats-bench-topology"), "has no address that a program can rely on"),
    ],
)
def test_nothing_is_fetched_where_one_name_is_a_mistake(
    server: tuple[Behaviour, str], command: Command, names: tuple[str, ...], reason: str
) -> None:
    code, _, err = command("fetch", *names)
    assert code == 2
    assert reason in err
    assert server[0].requests == []


def test_a_file_of_a_known_format_becomes_a_table_of_the_name_it_is_fetched_by(
    server: tuple[Behaviour, str], command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where no recipe knows it, as NAS-Bench-101's own file."""
    behaviour, url = server
    behaviour.content = SAMPLES["nas-bench-101"](tmp_path).read_bytes()
    sha256 = hashlib.sha256(behaviour.content).hexdigest()
    file = File("own.tfrecord", f"{url}/own.tfrecord", sha256, len(behaviour.content))
    source = Download("own-runs", "invented", "https://example.org", (file,), "MIT")
    monkeypatch.setitem(SOURCES, source.name, source)
    code, out, err = command("fetch", "own-runs")
    assert (code, err) == (0, "")
    assert "own-runs is verified and ready" in out
    assert open_oracle("own-runs").provenance.space == "nb101"
    assert "own-runs is here already" in command("fetch", "own-runs")[1]


@pytest.mark.slow
def test_a_data_set_is_unpacked_where_studies_find_it(
    server: tuple[Behaviour, str], command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without NASRANK_DATA; where that names a folder that has it, that is taken."""
    behaviour, url = server
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        entry = tarfile.TarInfo("images/one.bin")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"abc"))
    behaviour.content = stream.getvalue()
    member = Member("one.bin", 3, hashlib.sha256(b"abc").hexdigest())
    sha256 = hashlib.sha256(behaviour.content).hexdigest()
    file = File("images.tar.gz", f"{url}/images.tar.gz", sha256, len(behaviour.content), Archive("images", (member,)))
    source = Download("invented-images", "invented", "https://example.org", (file,), "none stated", is_table=False)
    monkeypatch.setitem(SOURCES, source.name, source)
    code, out, err = command("fetch", "invented-images")
    assert (code, err) == (0, "")
    assert out.rstrip().endswith(
        "invented-images is verified and ready, in " + str(tmp_path / "cache/downloads/images")
    )
    assert find_data("images/one.bin", None, advice="").read_bytes() == b"abc"
    assert "invented-images is here already" in command("fetch", "invented-images")[1]

    own = tmp_path / "own" / "images"
    own.mkdir(parents=True)
    (own / "one.bin").write_bytes(b"def")
    monkeypatch.setenv("NASRANK_DATA", str(own.parent))
    assert find_data("images/one.bin", None, advice="").read_bytes() == b"def"
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path))
    assert find_data("images/one.bin", None, advice="").read_bytes() == b"abc"


@pytest.mark.usefixtures("server")
def test_by_hand_is_said_of_what_cannot_be_downloaded(command: Command) -> None:
    out = command("fetch")[1]
    by_hand = [source for source in SOURCES.values() if isinstance(source, ByHand)]
    assert out.count("by hand") == len(by_hand)
