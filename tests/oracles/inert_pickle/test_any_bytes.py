"""A value or a PickleError, whatever the bytes: never another exception."""

from __future__ import annotations

import contextlib
import io
import pickle
import pickletools
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pickles import MEASURED, PROTOCOL_4, Measured

from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError

ORDINARY = pickle.dumps(
    {
        "arch2infos": OrderedDict((n, {"full": {f"x@{i}": i / 3 for i in range(9)}, "all": {n}}) for n in range(5)),
        "numbers": [np.float64(0.5), np.int32(3), np.arange(6.0).reshape(2, 3), True, None, b"abc", -1, 2**70],
        "record": Measured((1, 2), 0.5),
    },
    protocol=4,
)  # fmt: skip
STORED = [ORDINARY, pickle.dumps(pickle.loads(ORDINARY), protocol=2)]


INSTRUCTIONS = [opcode.code.encode("latin-1") for opcode in pickletools.opcodes]


class TestAnyBytes:
    def read(self, data: bytes) -> None:
        with contextlib.suppress(PickleError):
            inert_pickle.load(data, records={MEASURED})
        with contextlib.suppress(PickleError):
            inert_pickle.load_entries(
                io.BytesIO(data), within="arch2infos", harvest=lambda key, value: None, records={MEASURED}
            )

    @given(st.binary(max_size=300))
    def test_random_bytes(self, data: bytes):
        self.read(PROTOCOL_4 + data)

    @given(st.lists(st.sampled_from(INSTRUCTIONS) | st.binary(max_size=4)))
    def test_random_instructions(self, words: list[bytes]):
        self.read(b"".join(words))

    @given(st.sampled_from(STORED), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), max_size=4))
    def test_mutations(self, data: bytes, changes: list[tuple[float, bytes]]):
        for where, new in changes:
            at = int(where * len(data))
            data = data[:at] + new + data[at + len(new) :]
        self.read(data)

    @pytest.mark.slow
    @pytest.mark.parametrize("data", STORED)
    def test_every_truncation_is_refused(self, data: bytes):
        for kept in range(len(data)):
            with pytest.raises(PickleError):
                inert_pickle.load(data[:kept], records={MEASURED})

    @pytest.mark.slow
    @pytest.mark.parametrize("data", STORED)
    def test_changed_bits(self, data: bytes):
        for at in range(0, len(data), 3):
            self.read(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
