from __future__ import annotations

import contextlib
import os
import pickle
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.oracles import inert_pickle
from bench.oracles.inert_pickle import PickleError, Record


@dataclass(eq=False)
class Measured:
    """What a benchmark might pickle: a class of its own, with numbers, texts, tuples and other records."""

    architecture: tuple[int, ...]
    value: float
    inner: Measured | None = None


MEASURED = f"{__name__}.Measured"


def as_plain(thing: object) -> object:
    if isinstance(thing, Record | Measured):
        state = thing.state if isinstance(thing, Record) else vars(thing)
        kind = thing.kind if isinstance(thing, Record) else MEASURED
        return kind, {name: as_plain(value) for name, value in state.items() if value is not None}
    return {key: as_plain(value) for key, value in thing.items()} if isinstance(thing, dict) else thing


class TestData:
    @given(
        st.dictionaries(
            st.lists(st.integers(0, 255), min_size=4, max_size=7).map(tuple),
            st.floats(allow_nan=False) | st.text(max_size=20),
            min_size=2,
        )
    )
    def test_plain_data_reads_as_pickle_reads_it(self, data: dict[tuple[int, ...], float | str]):
        assert inert_pickle.load(pickle.dumps(data, protocol=4), records=()) == data

    def test_records_become_inert_stand_ins(self):
        data = {}
        for number in range(300):  # more than 256 objects, so that far recalls occur
            record = Measured((number % 5, 1, 2, 3), number / 7)
            record.inner = Measured(record.architecture, -1.5)
            del record.inner.__dict__["inner"]
            data[f"cell {number}"] = record
        read = inert_pickle.load(pickle.dumps(data, protocol=4), records={MEASURED})
        assert as_plain(read) == as_plain(data)
        assert type(read["cell 0"]) is Record

    def test_a_record_is_the_same_object_wherever_it_is_recalled(self):
        record = Measured((1, 2, 3, 4), 0.5)
        del record.__dict__["inner"]
        read = inert_pickle.load(pickle.dumps({"a": record, "b": record}, protocol=4), records={MEASURED})
        assert read["a"] is read["b"]


class Calls:
    """Pickles to a call, as every pickle exploit does."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> object:
        return self.call


def hostile() -> dict[str, bytes]:
    header, stop = b"\x80\x04", b"."
    text = lambda value: b"\x8c" + bytes([len(value)]) + value.encode()  # noqa: E731
    return {
        "os.system": pickle.dumps(Calls(os.system, "touch hostile-pickle"), protocol=4),
        "os.system, protocol 0": b"cos\nsystem\n(S'touch hostile-pickle'\ntR.",
        "builtins.eval": pickle.dumps(Calls(eval, "1 + 1"), protocol=4),
        "builtins.getattr": pickle.dumps(Calls(getattr, "a", "b"), protocol=4),
        "torch storage": header + text("torch.storage") + text("_load_from_bytes") + b"\x93" + b".",
        "torch persistent id": header + text("storage") + b"Q" + stop,
        "module walked by attribute": header + text("collections") + text("abc.Sized.__class__") + b"\x93" + stop,
        "admitted class called with arguments": header + text(__name__) + text("Measured") + b"\x93K\x01\x85R.",
        "admitted class made with arguments": header + text(__name__) + text("Measured") + b"\x93(K\x01K\x02t\x81.",
        "instance through INST": b"(ios\nsystem\n.",
        "extension registry": header + b"\x82\x01.",
        "attributes on a dictionary": header + b"})b.",
        "entries on an object": header + text(__name__) + text("Measured") + b"\x93)\x81(K\x01K\x02u.",
        "size bomb, text": header + b"\x8d" + struct.pack("<Q", 2**40) + stop,
        "size bomb, bytes": header + b"\x8e" + struct.pack("<Q", 2**62) + stop,
        "size bomb, byte array": header + b"\x96" + struct.pack("<Q", 2**62) + stop,
        "size bomb, memo index": header + b"}r" + struct.pack("<I", 2**32 - 1) + stop,
        "size bomb, integer": header + b"\x8b" + struct.pack("<i", 2**31 - 1) + stop,
        "recursion bomb, tuple in tuple": header
        + b")\x94"
        + b"".join(b"(h" + bytes([i]) + b"t\x94" for i in range(99)),
        "recursion bomb, nested marks": header + b"(" * 100_000 + b"t" * 100_000 + stop,
        "recursion bomb, one-tuples": header + b")" + b"\x85" * 1_000_000 + stop,
        "list of itself as a key": header + b"]\x94h\x00\x85.",
        "unhashable key": header + b"}(}K\x01u.",
        "nothing on the stack": header + b"b.",
        "recall of nothing": header + b"h\x05.",
        "far recall of nothing": header + b"j\xff\xff\xff\xff.",
        "unmatched tuple": header + b"t.",
        "odd entries": header + b"}(K\x01u.",
        "two results": header + b"K\x01K\x02.",
        "bytes after the end": header + b"K\x01." + b"cos\nsystem\n",
        "open mark at the end": header + b"(K\x01.",
        "protocol of the future": b"\x80\xff.",
        "text that is no text": header + b"\x8c\x02\xff\xfe.",
        "no pickle": b"accuracy,94.37\n",
        "empty": b"",
    }


class TestHostile:
    @pytest.mark.parametrize("name", hostile())
    def test_it_is_refused_with_a_reason_and_runs_nothing(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(PickleError, match=r"pickle (refused|malformed) at byte \d+: .+"):
            inert_pickle.load(hostile()[name], records={MEASURED})
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("os.system", r"names posix\.system, admitted are .*Measured"),
            ("os.system, protocol 0", "instruction GLOBAL is not one that builds data"),
            ("builtins.eval", r"names builtins\.eval"),
            ("torch storage", r"names torch\.storage\._load_from_bytes"),
            ("torch persistent id", "instruction BINPERSID"),
            ("admitted class called with arguments", "instruction TUPLE1"),
            ("admitted class made with arguments", "with arguments"),
            ("size bomb, memo index", "instruction LONG_BINPUT"),
            ("recursion bomb, tuple in tuple", "a tuple holds a tuple"),
            ("bytes after the end", "left over"),
            ("empty", "truncated"),
        ],
    )
    def test_the_reason_is_the_right_one(self, name: str, reason: str):
        with pytest.raises(PickleError, match=reason):
            inert_pickle.load(hostile()[name], records={MEASURED})

    def test_nesting_deeper_than_any_stack_is_only_data(self):
        """Depth costs memory in proportion to the file, and no recursion."""
        depth = 50_000
        chain = b"\x80\x04" + b"}(\x8c\x01a" * depth + b"K\x01" + b"u" * depth + b"."
        read = inert_pickle.load(chain, records=())
        for _ in range(depth):
            read = read["a"]
        assert read == 1

    @pytest.mark.parametrize("protocol", [0, 1, 2])
    def test_older_protocols_are_refused_not_misread(self, protocol: int):
        with pytest.raises(PickleError, match="is not one that builds data"):
            inert_pickle.load(pickle.dumps({"a": 1.0}, protocol=protocol), records=())

    def test_every_truncation_is_refused(self):
        data = pickle.dumps({(0, 1, 2, 3): 1.5, (3, 2, 1, 0): 2.5}, protocol=4)
        for kept in range(len(data)):
            with pytest.raises(PickleError):
                inert_pickle.load(data[:kept], records=())

    @given(st.binary(max_size=200))
    def test_arbitrary_bytes_are_refused_or_read_never_crash(self, data: bytes):
        with contextlib.suppress(PickleError):
            inert_pickle.load(b"\x80\x04" + data, records={MEASURED})
