"""The stack machine that runs a pickle's instructions as far as they build data.

A pickle is a program for a small stack machine, and its ordinary reader runs all of it. This one has no instruction
that imports anything and calls nothing but the functions of `names.py`, so there is nothing to guard. Nothing here
recurses, however deeply a file nests, and work and memory are bounded (`limits.py`).
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Collection, Sequence
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

import numpy as np

from nasrank.bench.foundation.describing import printable
from nasrank.bench.oracles.foreign.inert_pickle import numpy_values
from nasrank.bench.oracles.foreign.inert_pickle.instructions import INSTRUCTIONS, why_not
from nasrank.bench.oracles.foreign.inert_pickle.limits import BLOCK, TEXT, WORK, PickleError
from nasrank.bench.oracles.foreign.inert_pickle.memo import Memo
from nasrank.bench.oracles.foreign.inert_pickle.names import admitted
from nasrank.bench.oracles.foreign.inert_pickle.runs import NO_RUNS, Runs, read_runs
from nasrank.bench.oracles.foreign.inert_pickle.source import Source
from nasrank.bench.oracles.foreign.inert_pickle.values import (
    InertCall,
    InertObject,
    Named,
    NumberType,
    check_keys,
    crowding,
)

_LONGEST_NAME = 256
_OF_A_SET = 3  # as much memory, when it is empty, as so many other containers


class Machine:
    """Runs one pickle."""

    def __init__(
        self,
        stream: bytes | BinaryIO,
        records: Collection[str],
        calls: Collection[str] = (),
        *,
        texts: bool = False,
    ) -> None:
        self.source = Source(stream)
        self.memo = Memo()
        self.names = admitted(records, calls, texts=texts)
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.spent = 0
        # Functions, not bound methods: these would tie the machine into a cycle, and its memory would outlive it.
        self._instructions = {code: (getattr(type(self), name), rest) for code, (name, *rest) in INSTRUCTIONS.items()}

    def step(self) -> bool:
        """Run one instruction; False where it is the last one."""
        source = self.source
        start = source.passed + source.at
        try:
            self.spend(1)
            code = source.take(1)
            if code == pickle.STOP:
                return False
            if code not in self._instructions:
                raise PickleError(why_not(code))
            method, arguments = self._instructions[code]
            method(self, *arguments)
            return True
        except PickleError as reason:
            raise PickleError(f"pickle refused at byte {start}: {reason}") from reason.__cause__
        except (IndexError, UnicodeDecodeError) as reason:
            raise PickleError(f"pickle malformed at byte {start}: {reason}") from reason

    def result(self) -> Any:
        """The object built, once the last instruction has run."""
        if len(self.stack) != 1 or self.marked:
            raise PickleError(f"pickle refused at byte {self.source.position}: it ends here, with objects left over")
        return self.stack[0]

    def check_end(self) -> None:
        """Refuse bytes after the last instruction."""
        if not self.source.exhausted():
            raise PickleError(f"pickle refused at byte {self.source.position}: it ends here, with bytes left over")

    def spend(self, work: int) -> None:
        """Count work towards the limit: each instruction is one, and what it copies or stores beside."""
        self.spent += work
        if self.spent > WORK:
            raise PickleError(f"one object, or one entry read by itself, takes more than {WORK:,} steps")

    def admit(self, keys: Sequence[Any], held: int) -> None:
        """Refuse what cannot be a key, and count the work of storing these beside so many others."""
        self.spend(len(keys) + crowding(check_keys(keys), held))

    def number(self, size: int) -> int:
        return int.from_bytes(self.source.take(size), "little")

    def protocol(self) -> None:
        version = self.number(1)
        if version > pickle.HIGHEST_PROTOCOL:
            raise PickleError(f"unknown protocol {version}")

    def frame(self) -> None:
        self.source.take(8)  # a frame only announces how far one may read ahead

    # Marks: what is above the latest mark has a stack of its own

    def mark(self) -> None:
        """Open a mark; numbers for a dictionary that follow it are read in bulk."""
        keys, values, foreseeable = self.runs_ahead()
        self.spend(len(keys) + crowding(foreseeable, len(self.stack[-1]) if keys else 0))
        if keys and self.source.skip(pickle.SETITEMS):
            self.stack[-1].update(zip(keys, values, strict=True))
        else:
            self.marked.append(self.stack)
            self.stack = list(chain.from_iterable(zip(keys, values, strict=True)))

    def runs_ahead(self) -> Runs:
        return read_runs(self.source, self.memo) if self.stack and type(self.stack[-1]) is dict else NO_RUNS

    def pop_marked(self) -> list[Any]:
        if not self.marked:
            raise PickleError("it takes everything down to a mark, and there is no mark")
        items, self.stack = self.stack, self.marked.pop()
        return items

    # Plain values

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def integer(self, size: int) -> None:
        self.stack.append(int.from_bytes(self.source.take(size), "little", signed=size == 4))

    def long_integer(self) -> None:
        self.stack.append(int.from_bytes(self.source.take(self.number(1)), "little", signed=True))

    def real(self) -> None:
        self.stack.append(struct.unpack(">d", self.source.take(8))[0])

    def text(self, size: int) -> None:
        self.stack.append(self.source.take(self.length(size, TEXT)).decode())

    def block(self, size: int) -> None:
        self.stack.append(self.source.take(self.length(size, BLOCK)))

    def length(self, size: int, limit: int) -> int:
        announced = self.number(size)
        if announced > limit:
            raise PickleError(f"a size of {announced:,} bytes is announced, admitted are {limit:,}")
        return announced

    # Containers

    def new(self, kind: type) -> None:
        self.stack.append(kind())
        if kind is set:
            self.spend(_OF_A_SET)

    def pack(self, count: int) -> None:
        if len(self.stack) < count:
            raise PickleError(f"a tuple of {count} where fewer objects are there")
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def pack_marked(self) -> None:
        items = self.pop_marked()
        self.stack.append(tuple(items))

    def append(self) -> None:
        value = self.stack.pop()
        self.target(list).append(value)

    def extend(self) -> None:
        items = self.pop_marked()
        self.target(list).extend(items)

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        target = self.target(dict)
        self.admit([key], len(target))
        target[key] = value

    def set_items(self) -> None:
        items = self.pop_marked()
        target = self.target(dict)
        if len(items) % 2:
            raise PickleError("a dictionary is given a key without a value")
        self.admit(items[::2], len(target))
        target.update(zip(items[::2], items[1::2], strict=True))

    def add_members(self) -> None:
        items = self.pop_marked()
        target = self.target(set)
        self.admit(items, len(target))
        target.update(items)

    def target(self, kind: type) -> Any:
        if not self.stack or type(self.stack[-1]) is not kind:
            found = type(self.stack[-1]).__name__ if self.stack else "nothing"
            raise PickleError(f"entries for a {kind.__name__}, but there is {found}")
        return self.stack[-1]

    # Memo

    def remember(self) -> None:
        self.memo.remember(self.stack[-1])

    def remember_at(self, size: int) -> None:
        self.memo.remember_at(self.number(size), self.stack[-1], furthest=self.source.position)

    def recall(self, size: int) -> None:
        self.stack.append(self.memo.recall(self.number(size)))

    # Named classes and functions

    def name_in_lines(self) -> None:
        module = self.source.line(_LONGEST_NAME).decode()
        self.push_named(module, self.source.line(_LONGEST_NAME).decode())

    def name_on_stack(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str:
            raise PickleError("a class or function is named by something that is not text")
        self.push_named(module, name)

    def push_named(self, module: str, name: str) -> None:
        full = f"{module}.{name}"
        if full not in self.names:
            raise PickleError(f"it names {printable(full, _LONGEST_NAME)}, which is not admitted")
        self.stack.append(self.names[full])

    def call(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if type(function) is InertCall:
            make: Any = partial(InertCall, function)
        else:
            make = function.make if type(function) is Named else None
        if make is None or type(arguments) is not tuple:
            raise PickleError("it calls something that is not an admitted function")
        # Recalled arguments cost the file three bytes, and the call a copy of them.
        self.spend(sum(map(_size, arguments)))
        self.stack.append(make(arguments))

    def new_record(self) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        if type(kind) is not Named or not kind.record or type(arguments) is not tuple or arguments:
            raise PickleError("an object is made of something that is not an admitted class, or with arguments")
        self.stack.append(InertObject(kind.name, {}))

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        self.spend(_size(state))
        if type(target) is NumberType:
            numpy_values.complete_type(target, state)
        elif type(target) is np.ndarray:
            numpy_values.fill(target, state)
        elif type(target) is InertCall and target.state is None:
            target.state = state
        elif type(target) is InertObject and type(state) is dict and not target.state:
            if not all(type(name) is str for name in state):
                raise PickleError("a record has attributes whose names are not text")
            target.state = state
        else:
            raise PickleError("attributes for something that is not a new record")


def _size(argument: Any) -> int:
    """How much is copied, or looked through, of an argument."""
    if type(argument) in (str, bytes):
        return len(argument) // 64
    if type(argument) is tuple:
        return len(argument) + sum(len(part) // 64 for part in argument if type(part) is bytes)
    if type(argument) is list:  # of the members of a set, or the keys of a dictionary
        return len(argument) + crowding(len(argument), 0)
    return len(argument) if type(argument) is dict else 0
