"""The instructions of a pickle that build data: which method of the machine carries out each, with what arguments.

There is no other: none that imports, calls what the file chooses, or finds an object by a persistent name.
"""

from __future__ import annotations

import pickle
from typing import Any

INSTRUCTIONS: dict[bytes, tuple[Any, ...]] = {
    pickle.PROTO: ("protocol",),
    pickle.FRAME: ("frame",),
    pickle.MARK: ("mark",),
    pickle.NONE: ("push", None),
    pickle.NEWTRUE: ("push", True),
    pickle.NEWFALSE: ("push", False),
    pickle.BININT: ("integer", 4),
    pickle.BININT1: ("integer", 1),
    pickle.BININT2: ("integer", 2),
    pickle.LONG1: ("long_integer",),
    pickle.BINFLOAT: ("real",),
    pickle.SHORT_BINUNICODE: ("text", 1),
    pickle.BINUNICODE: ("text", 4),
    pickle.BINUNICODE8: ("text", 8),
    pickle.SHORT_BINBYTES: ("block", 1),
    pickle.BINBYTES: ("block", 4),
    pickle.BINBYTES8: ("block", 8),
    pickle.EMPTY_DICT: ("new", dict),
    pickle.EMPTY_LIST: ("new", list),
    pickle.EMPTY_SET: ("new", set),
    pickle.EMPTY_TUPLE: ("push", ()),
    pickle.TUPLE1: ("pack", 1),
    pickle.TUPLE2: ("pack", 2),
    pickle.TUPLE3: ("pack", 3),
    pickle.TUPLE: ("pack_marked",),
    pickle.APPEND: ("append",),
    pickle.APPENDS: ("extend",),
    pickle.SETITEM: ("set_item",),
    pickle.SETITEMS: ("set_items",),
    pickle.ADDITEMS: ("add_members",),
    pickle.MEMOIZE: ("remember",),
    pickle.BINPUT: ("remember_at", 1),
    pickle.LONG_BINPUT: ("remember_at", 4),
    pickle.BINGET: ("recall", 1),
    pickle.LONG_BINGET: ("recall", 4),
    pickle.GLOBAL: ("name_in_lines",),
    pickle.STACK_GLOBAL: ("name_on_stack",),
    pickle.REDUCE: ("call",),
    pickle.NEWOBJ: ("new_record",),
    pickle.BUILD: ("build",),
}


def why_not(code: bytes) -> str:
    """Why an instruction that is not among these is refused."""
    if code in (pickle.PERSID, pickle.BINPERSID):
        return "it refers to the storage of a tensor, and tensors are not admitted"
    import pickletools  # slow to import, and needed for this message only

    names = {opcode.code: opcode.name for opcode in pickletools.opcodes}
    return f"instruction {names.get(code.decode('latin-1'), repr(code))} is not one that builds data"
