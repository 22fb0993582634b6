"""A compressed file unfolds to so many times its size, and no further (cases, group 6)."""

from __future__ import annotations

import bz2
import io
from pathlib import Path

import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import workshop
from nasrank.bench.oracles.imports.formats.nb201 import nats_folder, nats_pickle
from nasrank.bench.oracles.imports.unfolding import Bounded, most_bytes


def test_what_is_read_within_the_bound_is_what_there_is():
    stream = Bounded(io.BytesIO(b"a" * 100), 100)
    assert b"".join(iter(lambda: stream.read(7), b"")) == b"a" * 100


def test_beyond_the_bound_it_is_refused():
    stream = Bounded(io.BytesIO(b"a" * 101), 100)
    with pytest.raises(DataError, match="unfolds to more than 100 bytes"):
        b"".join(iter(lambda: stream.read(7), b""))


def test_the_bound_grows_with_the_file():
    assert most_bytes(0) == 2**20
    assert most_bytes(10**6) > 64 * 10**6


def test_a_member_that_unfolds_ten_thousandfold(tmp_path: Path):
    (tmp_path / "000001.pickle.pbz2").write_bytes(bz2.compress(b"\x80\x04" + b"N" * 2**21))
    with workshop(tmp_path) as here, pytest.raises(DataError, match=r"000001\.pickle\.pbz2 is larger than 1,0\d\d,"):
        nats_folder.FORMAT.read(tmp_path, here)


@pytest.mark.slow
def test_a_whole_file_that_does(tmp_path: Path):
    (tmp_path / "a.pickle.pbz2").write_bytes(bz2.compress(b"\x80\x04" + b"N" * 2**21))
    with workshop(tmp_path) as here, pytest.raises(DataError, match=r"a\.pickle\.pbz2: it unfolds to more than"):
        nats_pickle.FORMAT.read(tmp_path / "a.pickle.pbz2", here)
