"""The classes and functions a pickle may name, and what calling them gives: functions of ours, nothing imported."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from nasrank.bench.oracles.foreign.inert_pickle import numpy_values
from nasrank.bench.oracles.foreign.inert_pickle.limits import PickleError
from nasrank.bench.oracles.foreign.inert_pickle.values import InertCall, InertObject, Named, check_keys


def admitted(records: Collection[str], calls: Collection[str] = (), *, texts: bool = False) -> dict[str, Named]:
    """By full name: everything a file may name whose records are of these classes.

    Args:
        calls: what it may call beside; nothing is, see `InertCall`.
        texts: whether it may hold arrays of texts.
    """
    known = _KNOWN | {name: Named(name, record=True) for name in records}
    if texts:
        known["numpy.dtype"] = Named("numpy.dtype", numpy_values.number_or_text_type)
    return known | {name: Named(name, partial(InertCall, name)) for name in calls}


def _ordered_dictionary(arguments: tuple[Any, ...]) -> dict[Any, Any]:
    """`OrderedDict()`, or Python 2's `OrderedDict([[key, value], ...])`."""
    match arguments:
        case ():
            return {}
        case (list(pairs),) if all(type(pair) in (list, tuple) and len(pair) == 2 for pair in pairs):
            check_keys(pair[0] for pair in pairs)
            return dict(pairs)
    raise PickleError("an OrderedDict is made of something that is not a list of pairs")


def _set(arguments: tuple[Any, ...]) -> set[Any]:
    """Python 2's and protocol 2's `set([member, ...])`."""
    match arguments:
        case (list(members),):
            check_keys(members)
            return set(members)
    raise PickleError("a set is made of something that is not a list")


def _encoded(arguments: tuple[Any, ...]) -> bytes:
    """Protocol 2's way of writing bytes: a text of their Latin-1 characters."""
    match arguments:
        case (str(text), "latin1"):
            try:
                return text.encode("latin-1")
            except UnicodeEncodeError:
                raise PickleError("bytes are written as a text that is not Latin-1") from None
    raise PickleError("_codecs.encode is called with something else than a text and 'latin1'")


def _no_bytes(arguments: tuple[Any, ...]) -> bytes:
    """Protocol 2's way of writing no bytes: `bytes()`."""
    if arguments:
        raise PickleError("bytes are made of something")
    return b""


def _record(arguments: tuple[Any, ...]) -> InertObject:
    """What `copyreg._reconstructor(class, object, None)` makes, the way classes were written before protocol 2."""
    match arguments:
        case (Named(record=True) as kind, Named(name="builtins.object" | "__builtin__.object"), None):
            return InertObject(kind.name, {})
    raise PickleError("an object is reconstructed from something that is not an admitted class, object and None")


_KNOWN = {
    named.name: named
    for named in (
        Named("collections.OrderedDict", _ordered_dictionary),
        Named("builtins.set", _set),
        Named("__builtin__.set", _set),
        Named("_codecs.encode", _encoded),
        Named("builtins.bytes", _no_bytes),
        Named("__builtin__.bytes", _no_bytes),
        Named("copyreg._reconstructor", _record),
        Named("copy_reg._reconstructor", _record),
        Named("builtins.object"),
        Named("__builtin__.object"),
        Named("numpy.core.multiarray.scalar", numpy_values.scalar),
        Named("numpy._core.multiarray.scalar", numpy_values.scalar),
        Named("numpy.core.multiarray._reconstruct", numpy_values.empty_array),
        Named("numpy._core.multiarray._reconstruct", numpy_values.empty_array),
        Named("numpy.ndarray"),
        Named("numpy.dtype", numpy_values.number_type),
    )
}
