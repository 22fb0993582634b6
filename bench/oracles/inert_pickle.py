"""Read a pickle as data: no imports, no calls, no code of the file's choosing.

A pickle is a program for a small stack machine, and its ordinary reader runs all of it. This reader knows only the
instructions that build numbers, texts, tuples, dictionaries and records of named classes; it has none that calls or
imports anything, so there is nothing to guard. Whatever else a file asks for is refused by name and place. Work and
memory are bounded by the file's length: no instruction here reserves space ahead of the bytes it consumes, and tuples
hold only plain values, so no nesting can exhaust the interpreter's stack when it is hashed.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from bench.files import DataError

_PLAIN = (int, float, str)


class PickleError(DataError):
    """The pickle is truncated, malformed or asks for more than building data."""


@dataclass(frozen=True)
class RecordClass:
    """Stands for a class the file names; nothing is imported."""

    name: str


@dataclass(eq=False)
class Record:
    """Stands for an object: the name of its class and the attributes it was saved with."""

    kind: str
    state: dict[str, Any] = field(default_factory=dict)


def load(data: bytes, *, records: Collection[str]) -> Any:
    """The object a pickle describes.

    Args:
        data: the whole file.
        records: full names of the classes it may hold objects of, such as "package.module.Class".

    Raises:
        PickleError: an instruction or a class that is not admitted, truncation, or anything malformed.
    """
    return _Reader(data, frozenset(records)).run()


class _Reader:
    def __init__(self, data: bytes, records: frozenset[str]) -> None:
        self.data = data
        self.records = records
        self.at = 0
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: list[Any] = []

    def run(self) -> Any:
        start = 0
        try:
            while True:
                start = self.at
                code = self.take(1)
                if code == pickle.STOP:
                    return self.result()
                instruction = _INSTRUCTIONS.get(code)
                if instruction is None:
                    raise PickleError(f"instruction {_name(code)} is not one that builds data")
                instruction(self)
        except PickleError as reason:
            raise PickleError(f"pickle refused at byte {start}: {reason}") from None
        except (IndexError, TypeError, UnicodeDecodeError) as reason:
            raise PickleError(f"pickle malformed at byte {start}: {reason}") from reason

    def result(self) -> Any:
        if self.at != len(self.data) or len(self.stack) != 1 or self.marked:
            raise PickleError("it ends here, with bytes or objects left over")
        return self.stack[0]

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise PickleError(f"truncated: {count} bytes wanted, {len(piece)} left")
        self.at += count
        return piece

    def protocol(self) -> None:
        version = self.take(1)[0]
        if version > pickle.HIGHEST_PROTOCOL:
            raise PickleError(f"unknown protocol {version}")

    def frame(self) -> None:
        self.take(8)  # a frame only announces how far one may read ahead

    def mark(self) -> None:
        self.marked.append(self.stack)
        self.stack = []

    def pop_marked(self) -> list[Any]:
        items, self.stack = self.stack, self.marked.pop()
        return items

    def small_integer(self) -> None:
        self.stack.append(self.take(1)[0])

    def real(self) -> None:
        self.stack.append(struct.unpack(">d", self.take(8))[0])

    def short_text(self) -> None:
        self.stack.append(self.take(self.take(1)[0]).decode())

    def empty_dictionary(self) -> None:
        self.stack.append({})

    def empty_tuple(self) -> None:
        self.stack.append(())

    def tuple_of_marked(self) -> None:
        items = self.pop_marked()
        for item in items:
            if not isinstance(item, _PLAIN):
                raise PickleError(f"a tuple holds a {type(item).__name__}, admitted are numbers and texts")
        self.stack.append(tuple(items))

    def set_items(self) -> None:
        items = self.pop_marked()
        target = self.stack[-1]
        if type(target) is not dict or len(items) % 2:
            raise PickleError("entries for something that is not a dictionary, or a key without a value")
        target.update(zip(items[::2], items[1::2], strict=True))

    def memoize(self) -> None:
        self.memo.append(self.stack[-1])

    def recall(self) -> None:
        self.stack.append(self.memo[self.take(1)[0]])

    def recall_far(self) -> None:
        self.stack.append(self.memo[int.from_bytes(self.take(4), "little")])

    def record_class(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        full = f"{module}.{name}"
        if full not in self.records:
            raise PickleError(f"it names {full}, admitted are {', '.join(sorted(self.records)) or 'no classes'}")
        self.stack.append(RecordClass(full))

    def new_record(self) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        if not isinstance(kind, RecordClass) or arguments != ():
            raise PickleError("an object is made of something that is not a class, or with arguments")
        self.stack.append(Record(kind.name))

    def build_record(self) -> None:
        state, record = self.stack.pop(), self.stack[-1]
        if not isinstance(record, Record) or not isinstance(state, dict):
            raise PickleError("attributes for something that is not a record")
        record.state.update(state)


_INSTRUCTIONS: dict[bytes, Callable[[_Reader], None]] = {
    pickle.PROTO: _Reader.protocol,
    pickle.FRAME: _Reader.frame,
    pickle.MARK: _Reader.mark,
    pickle.BININT1: _Reader.small_integer,
    pickle.BINFLOAT: _Reader.real,
    pickle.SHORT_BINUNICODE: _Reader.short_text,
    pickle.EMPTY_DICT: _Reader.empty_dictionary,
    pickle.EMPTY_TUPLE: _Reader.empty_tuple,
    pickle.TUPLE: _Reader.tuple_of_marked,
    pickle.SETITEMS: _Reader.set_items,
    pickle.MEMOIZE: _Reader.memoize,
    pickle.BINGET: _Reader.recall,
    pickle.LONG_BINGET: _Reader.recall_far,
    pickle.STACK_GLOBAL: _Reader.record_class,
    pickle.NEWOBJ: _Reader.new_record,
    pickle.BUILD: _Reader.build_record,
}


def _name(code: bytes) -> str:
    import pickletools  # slow to import, and needed for this message only

    names = {opcode.code: opcode.name for opcode in pickletools.opcodes}
    return names.get(code.decode("latin-1"), repr(code))
