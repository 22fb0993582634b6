"""What is not admitted, or makes no sense, is refused with the reason and the place."""

from __future__ import annotations

import struct

import pytest
from pickles import MEASURED, STOP, named, text
from pickles import PROTOCOL_2 as TWO
from pickles import PROTOCOL_4 as FOUR

from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError

CLASS = named(*MEASURED.split("."))
ENCODE, SET, ORDERED = named("_codecs", "encode"), named("__builtin__", "set"), named("collections", "OrderedDict")
RECONSTRUCT, SCALAR = named("copy_reg", "_reconstructor"), named("numpy.core.multiarray", "scalar")
TYPE = named("numpy", "dtype")
STATE = b"(K\x03" + text("<") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"
FLOAT64 = TYPE + text("f8") + b"\x89\x88\x87R" + STATE
ARRAY = named("numpy.core.multiarray", "_reconstruct") + named("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"

MALFORMED: dict[str, tuple[bytes, str]] = {
    "instance through INST": (b"(iposix\nsystem\n.", "instruction INST"),
    "instance through OBJ": (TWO + b"(" + CLASS + b"o.", "instruction OBJ"),
    "object with keywords": (FOUR + CLASS + b")}\x92.", "instruction NEWOBJ_EX"),
    "extension registry": (FOUR + b"\x82\x01.", "instruction EXT1"),
    "buffer out of band": (b"\x80\x05\x97.", "instruction NEXT_BUFFER"),
    "byte array": (b"\x80\x05\x96" + struct.pack("<Q", 2**62) + STOP, "instruction BYTEARRAY8"),
    "tensor": (TWO + text("storage") + b"Q.", "the storage of a tensor"),
    "tensor by name": (b"Pstorage\n.", "the storage of a tensor"),
    "integer as text": (b"I" + b"9" * 100_000 + b"\n.", "instruction INT"),
    "long integer as text": (b"L" + b"9" * 100_000 + b"L\n.", "instruction LONG "),
    "integer of a million digits": (TWO + b"\x8b" + struct.pack("<i", 2**20) + b"1" * 2**20 + STOP, "LONG4"),
    "integer of negative length": (TWO + b"\x8b" + struct.pack("<i", -1) + STOP, "LONG4"),
    "record called": (FOUR + CLASS + b"K\x01\x85R.", "not an admitted function"),
    "record made with arguments": (FOUR + CLASS + b"(K\x01K\x02t\x81.", "with arguments"),
    "record of a class not listed": (FOUR + ORDERED + b")\x81.", "not an admitted class"),
    "record reconstructed from a list": (
        TWO + RECONSTRUCT + CLASS + named("__builtin__", "list") + b"]\x87R.",
        "names __builtin__.list",
    ),
    "record reconstructed from a function": (
        TWO + RECONSTRUCT + ENCODE + named("builtins", "object") + b"N\x87R.",
        "not an admitted class",
    ),
    "state for a dictionary": (FOUR + b"})b.", "attributes for something that is not a new record"),
    "state for a class": (FOUR + CLASS + b"}b.", "attributes for something"),
    "state for a function": (FOUR + ENCODE + b"}b.", "attributes for something"),
    "state given twice": (FOUR + CLASS + b")\x81}" + text("a") + b"Nsb}" + text("b") + b"Nsb.", "not a new record"),
    "state whose names are no text": (FOUR + CLASS + b")\x81}K\x01Nsb.", "names are not text"),
    "entries for a record": (FOUR + CLASS + b")\x81(K\x01K\x02u.", "entries for a dict, but there is InertObject"),
    "codec other than Latin-1": (TWO + ENCODE + text("a") + text("rot13") + b"\x86R.", "latin1"),
    "bytes that are not Latin-1": (TWO + ENCODE + text("\u2028") + text("latin1") + b"\x86R.", "not Latin-1"),
    "arguments that are no tuple": (FOUR + SET + b"]R.", "not an admitted function"),
    "class named by numbers": (FOUR + b"K\x01K\x02\x93.", "something that is not text"),
    "class whose name never ends": (TWO + b"c" + b"a" * 1000, "does not end within 256 bytes"),
    "type of objects": (TWO + TYPE + text("O8") + b"K\x00K\x01\x87R.", "a numpy type other than"),
    "type made of an array": (TWO + TYPE + ARRAY + b"K\x00K\x01\x87R.", "a numpy type other than"),
    "type with fields": (
        TWO + FLOAT64.removesuffix(STATE) + b"(K\x03" + text("|") + b"NNN}K\x00tb.",
        "state is not that of plain numbers",
    ),
    "type without byte order": (
        TWO + SCALAR + FLOAT64.removesuffix(STATE) + b"C\x08" + b"\0" * 8 + b"\x86R.",
        "before its state is known",
    ),
    "type given its state twice": (TWO + FLOAT64 + STATE + STOP, "state is not that"),
    "scalar of too many bytes": (TWO + SCALAR + FLOAT64 + b"C\x09" + b"\0" * 9 + b"\x86R.", "9 bytes instead of 8"),
    "array of objects": (TWO + ARRAY + b"(K\x01K\x01\x85" + TYPE + b"\x89]\x86tb.", "not given by a shape"),
    "array of negative length": (
        TWO + ARRAY + b"(K\x01J\xff\xff\xff\xff\x85" + FLOAT64 + b"\x89C\x00tb.",
        "not a short tuple of lengths",
    ),
    "array of huge and no length": (
        TWO + ARRAY + b"(K\x01J\0\0\0\x01J\0\0\0\x01K\x00\x87" + FLOAT64 + b"\x89C\x00tb.",
        "has the shape",
    ),
    "array larger than its bytes": (TWO + ARRAY + b"(K\x01J\0\0\0\x01\x85" + FLOAT64 + b"\x89C\x00tb.", "has 0 bytes"),
    "size bomb, text": (FOUR + b"\x8d" + struct.pack("<Q", 2**40) + STOP, "size of 1,099,511,627,776 bytes"),
    "size bomb, text within the limit": (FOUR + b"X" + struct.pack("<I", 2**20) + STOP, "truncated"),
    "size bomb, bytes": (FOUR + b"\x8e" + struct.pack("<Q", 2**62) + STOP, "a size of"),
    "size bomb, short bytes": (FOUR + b"B" + struct.pack("<I", 2**32 - 1) + STOP, "a size of"),
    "size bomb, frame": (FOUR + b"\x95" + struct.pack("<Q", 2**62) + b"N", "truncated"),
    "size bomb, memo index": (FOUR + b"}r" + struct.pack("<I", 2**32 - 1) + STOP, "place 4,294,967,295"),
    "key that is a list": (FOUR + b"}]K\x01s.", "a key is a list"),
    "key that is a tuple of tuples": (FOUR + b"})" + b"\x85" * 100 + b"K\x01s.", "a key is a tuple of 1"),
    "key that holds itself": (FOUR + b"}]\x94\x85K\x01s.", "a key is a tuple"),
    "key that is long": (FOUR + b"}(" + b"N" * 9 + b"tNs.", "a key is a tuple of 9"),
    "key with numbers whose hash can be chosen": (FOUR + b"}K\x01M\0\x01\x86Ns.", "several numbers"),
    "key with a negative number": (FOUR + b"}K\x01J\xff\xff\xff\xff\x86Ns.", "several numbers"),
    "member with numbers whose hash can be chosen": (
        FOUR + b"\x8f(K\x01G" + b"\0" * 8 + b"\x86\x90.",
        "several numbers",
    ),
    "key that is an integer of many bits": (FOUR + b"}\x8a\x0b" + b"\x01" * 11 + b"Ns.", "a key is a int"),
    "key that is a record": (FOUR + b"}" + CLASS + b")\x81Ns.", "a key is a InertObject"),
    "key that is an array": (FOUR + b"}" + ARRAY + b"Ns.", "a key is a ndarray"),
    "member that is a list": (FOUR + b"\x8f(]\x90.", "a key is a list"),
    "member that is a list, protocol 2": (TWO + SET + b"]]a\x85R.", "a key is a list"),
    "key that is a list, ordered": (TWO + ORDERED + b"](](]Nee\x85R.", "a key is a list"),
    "pair of three": (TWO + ORDERED + b"](](NNNee\x85R.", "not a list of pairs"),
    "nothing on the stack": (FOUR + b"b.", "pop from empty list"),
    "recall of nothing": (FOUR + b"h\x05.", "nothing was remembered"),
    "far recall of nothing": (FOUR + b"j\xff\xff\xff\xff.", "nothing was remembered"),
    "recall of a skipped place": (FOUR + b"}q\x03h\x01.", "nothing was remembered"),
    "unmatched tuple": (FOUR + b"t.", "no mark"),
    "tuple of fewer": (FOUR + b"N\x86.", "fewer objects"),
    "tuple across a mark": (FOUR + b"NN(N\x87.", "fewer objects"),
    "odd entries": (FOUR + b"}(K\x01u.", "key without a value"),
    "two results": (FOUR + b"K\x01K\x02.", "objects left over"),
    "open mark at the end": (FOUR + b"(K\x01.", "objects left over"),
    "bytes after the end": (FOUR + b"K\x01." + b"cos\nsystem\n", "bytes left over"),
    "protocol of the future": (b"\x80\xff.", "unknown protocol 255"),
    "text that is no text": (FOUR + b"\x8c\x02\xff\xfe.", "can't decode"),
    "no pickle": (b"accuracy,94.37\n", "pop from empty list"),
    "empty": (b"", "truncated"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_it_is_refused_with_the_reason(name: str):
    data, reason = MALFORMED[name]
    with pytest.raises(PickleError, match=rf"^pickle (refused|malformed) at byte \d+: .*{reason}"):
        inert_pickle.load(data, records={MEASURED})
