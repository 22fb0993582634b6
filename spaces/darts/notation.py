"""DARTS's own notation of architectures, as its published code prints them [Liu2019].

    Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ...], normal_concat=range(2, 6),
             reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ...], reduce_concat=range(2, 6))

Each list has eight pairs of an operation and its source, two for each of the nodes 2 to 5 in turn, in either order.
Lists may be tuples, quotes double, and a concatenation a list of nodes. Nothing of a text is ever evaluated.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nasrank.spaces.darts.genotype import (
    KINDS,
    NODES,
    OPERATIONS,
    OPERATIONS_A_CELL,
    Cell,
    ElsewhereError,
    Genotype,
    operation_named,
    parse_printed,
)
from nasrank.spaces.integers import is_integer

FIELDS = tuple(f"{kind}{suffix}" for kind in KINDS for suffix in ("", "_concat"))

_CALL = re.compile(r"\s*+Genotype\s*+\((.*)\)\s*+", re.DOTALL)
_FIELD = re.compile(
    r"\s*+(\w+)\s*+=\s*+(range\s*+\([^()]*\)|\[(?:[^\[\]()]|\([^\[\]()]*\)|\[[^\[\]()]*\])*\]"
    r"|\((?:[^\[\]()]|\([^\[\]()]*\)|\[[^\[\]()]*\])*\))\s*+(,|$)"
)
_PAIR = r"""(?:\(\s*+(?:'\w+'|"\w+")\s*+,\s*+\d{1,9}\s*+,?\s*+\)|\[\s*+(?:'\w+'|"\w+")\s*+,\s*+\d{1,9}\s*+,?\s*+\])"""
_PAIRS = re.compile(rf"[(\[]\s*+{_PAIR}(?:\s*+,\s*+{_PAIR})*\s*+,?\s*+[)\]]")
_RANGE = re.compile(r"range\s*+\(\s*+(\d{1,9})\s*+,\s*+(\d{1,9})\s*+,?\s*+\)")
_NUMBERS = re.compile(r"[(\[]\s*+\d{1,9}(?:\s*+,\s*+\d{1,9})*\s*+,?\s*+[)\]]")


def parse(text: str) -> Genotype:
    """Read an architecture in DARTS's notation, or as it is printed here.

    Raises:
        ValueError: it is malformed, with the place where; or no architecture of this space.
    """
    return _parse_call(text) if text.lstrip().startswith("Genotype") else parse_printed(text)


def to_darts(genotype: Genotype) -> str:
    """An architecture in DARTS's notation."""
    fields = []
    for kind, cell in zip(KINDS, genotype.cells, strict=True):
        pairs = [(OPERATIONS[operation], source) for operation, source, _ in cell.edges]
        fields.append(f"{kind}={pairs}, {kind}_concat=range({NODES[0]}, {NODES[-1] + 1})")
    return f"Genotype({', '.join(fields)})"


def from_fields(fields: Mapping[str, Any]) -> Genotype:
    """An architecture from the four fields of a genotype, as JSON files have them: lists of pairs, and lists of nodes.

    Raises:
        ElsewhereError: cells with `none`, with two edges from one source or with nodes that they do not put out.
        ValueError: other fields, or an entry that is none of an architecture.
    """
    if unknown := [name for name in fields if name not in FIELDS]:
        raise ValueError(f"genotype: unknown field {unknown[0]!r:.40}; there are {', '.join(FIELDS)}")
    if missing := [name for name in FIELDS if name not in fields]:
        raise ValueError(f"genotype: {missing[0]} is missing; there are {', '.join(FIELDS)}")
    cells = []
    for kind in KINDS:
        cells.append(_cell(fields[kind], kind))
        _refuse_other_nodes(fields[f"{kind}_concat"], kind)
    return Genotype(*cells)


def _parse_call(text: str) -> Genotype:
    call = _CALL.fullmatch(text)
    if not call:
        raise ValueError(f"genotype {text!r:.100}: expected 'Genotype(...)', ending with a parenthesis")
    body, place, fields = call[1], 0, dict[str, Any]()
    while body[place:].strip():
        field = _FIELD.match(body, place)
        if not field:
            raise ValueError(f"genotype: expected a field such as normal=[...] at {body[place:].strip()!r:.60}")
        name, value, _ = field.groups()
        if name in fields:
            raise ValueError(f"genotype: {name} is there twice")
        fields[name] = _read(name, value)
        place = field.end()
    return from_fields(fields)


def _read(name: str, value: str) -> Any:
    """The value of a field: pairs of a name and a number, or numbers."""
    if name.endswith("_concat"):
        if bounds := _RANGE.fullmatch(value):
            low, high = int(bounds[1]), int(bounds[2])
            if high - low > len(NODES):
                raise ValueError(f"genotype: {name} is {value}: a DARTS cell has nodes {NODES[0]} to {NODES[-1]}")
            return list(range(low, high))
        if _NUMBERS.fullmatch(value) and _closed(value):
            return [int(number) for number in re.findall(r"\d+", value)]
        raise ValueError(f"genotype: {name} is {value!r:.60}, and neither range(2, 6) nor a list of nodes")
    if not _PAIRS.fullmatch(value) or not _closed(value):
        raise ValueError(f"genotype: {name} is {value!r:.60}, and no list of pairs such as ('sep_conv_3x3', 0)")
    return [(operation, int(source)) for operation, source in re.findall(r"['\"](\w+)['\"]\s*,\s*(\d+)", value)]


def _closed(value: str) -> bool:
    """Whether what opens a list is what closes it."""
    return value[0] + value[-1] in ("[]", "()")


def _cell(pairs: Any, kind: str) -> Cell:
    if not isinstance(pairs, Sequence) or isinstance(pairs, str):
        raise ValueError(f"genotype: {kind} is {pairs!r:.60}, and no list of pairs such as ('sep_conv_3x3', 0)")
    if len(pairs) != OPERATIONS_A_CELL:
        raise ValueError(
            f"genotype: {kind} has {len(pairs)} operations; a cell of this space has {OPERATIONS_A_CELL}, "
            f"two into each of {len(NODES)} nodes"
        )
    edges = []
    for place, pair in enumerate(pairs):
        where = f"genotype: {kind}, pair {place + 1}"
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ValueError(f"{where} is {pair!r:.60}, and not an operation and its source")
        if not isinstance(pair[0], str) or not is_integer(pair[1]):
            raise ValueError(f"{where} is {pair!r:.60}: it has to be the name of an operation and a number")
        edges.append((operation_named(pair[0], where), pair[1]))
    try:
        return Cell(tuple((edges[place], edges[place + 1]) for place in range(0, len(edges), 2)))
    except ValueError as error:
        raise type(error)(f"genotype: {kind}: {error}") from None


def _refuse_other_nodes(concatenated: Any, kind: str) -> None:
    """ValueError unless a cell puts out all of its nodes."""
    whole = isinstance(concatenated, Sequence | range) and not isinstance(concatenated, str)
    nodes = [node for node in concatenated if is_integer(node)] if whole else []
    if not whole or len(nodes) < len(concatenated) or sorted(nodes) != list(NODES):
        some = nodes and set(nodes) < set(NODES) and len(set(nodes)) == len(concatenated)
        refusal = ElsewhereError if some else ValueError
        raise refusal(f"genotype: {kind}_concat is {concatenated!r:.60}; a cell of this space puts out nodes 2 to 5")
