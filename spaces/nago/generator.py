"""Generators of networks [Ru2020]: random graphs at three levels, each known by the parameters of its distribution.

The nodes of a small-world graph [Watts1998] are layers of the network's top level. Each is a random graph [Erdos1959],
and each node of that one a small-world graph again, whose nodes are convolutions. What a search moves in are the
parameters of the three distributions; an architecture is one graph sampled from them.

References:
    [Ru2020] Ru, Esperança & Carlucci, "Neural Architecture Generator Optimization", NeurIPS 2020.
    [Watts1998] Watts & Strogatz, "Collective dynamics of small-world networks", Nature 393, 1998.
    [Erdos1959] Erdős & Rényi, "On Random Graphs I", Publicationes Mathematicae 6, 1959.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.spaces.decisions import PLACEHOLDER, Condition, Decision, active_decisions, conditions, with_placeholders
from nasrank.spaces.integers import IntArray, indices

GRAPHS = 8
"""Graphs of one generator that the space has."""

FEWEST_NEIGHBOURS = 2
"""Of a small world where no others can be chosen: a ring."""

_integer = partial(Decision.integers, level="generator")
_real = partial(Decision.reals, level="generator")

_FOUR_AT_THE_TOP = Condition("top nodes", ("4",))
_THREE_IN_THE_MIDDLE = Condition("middle nodes", ("3",))
_FOUR_AT_THE_BOTTOM = Condition("bottom nodes", ("4",))
_RING_OF_FIVE = Condition("bottom neighbours", ("2",))

DECISIONS: tuple[Decision, ...] = (
    _integer("top nodes", 3, 4),
    _real("top rewiring", 0.1, 1, step=0.05, when=(_FOUR_AT_THE_TOP,)),
    _integer("middle nodes", 1, 3),
    _real("middle density", 0.2, 1, step=0.05, when=(_THREE_IN_THE_MIDDLE,)),
    _integer("bottom nodes", 3, 5),
    _integer("bottom neighbours", 2, 4, step=2, when=(Condition("bottom nodes", ("5",)),)),
    _real("bottom rewiring", 0.1, 1, step=0.05, when=(_FOUR_AT_THE_BOTTOM, _RING_OF_FIVE)),
    Decision.integers(
        "graph",
        0,
        GRAPHS - 1,
        level="graph",
        when=(_FOUR_AT_THE_TOP, _THREE_IN_THE_MIDDLE, _FOUR_AT_THE_BOTTOM, _RING_OF_FIVE),
    ),
)
"""A parameter is chosen where it makes a difference, and a graph where a generator leaves something to chance."""

_PLACES = {decision.name: place for place, decision in enumerate(DECISIONS)}
_CONDITIONS = conditions(DECISIONS)
_COUNTS = tuple(len(decision.options) for decision in DECISIONS)


def _most(name: str) -> int:
    return int(DECISIONS[_PLACES[name]].values[-1])


MOST_NODES = (_most("top nodes"), _most("middle nodes"), _most("bottom nodes"))
"""Of a graph at the top, in the middle and at the bottom."""


@dataclass(frozen=True, order=True)
class SmallWorld:
    """A ring whose nodes are joined with so many nearest ones, each edge rewired with some probability.

    networkx takes an even number of `neighbours`, the next smaller of an odd one; here and in the authors' code there
    are at most all other nodes. Where all are joined, the probability has no effect, and is 0 in the space.
    """

    nodes: int
    neighbours: int = FEWEST_NEIGHBOURS
    rewiring: float = 0.0

    def __str__(self) -> str:
        words = [_text(self.nodes)]
        if self.nodes > 4 or self.neighbours != FEWEST_NEIGHBOURS:
            words.append(_text(self.neighbours))
        return ",".join([*words, _text(self.rewiring)] if self.rewiring else words)


@dataclass(frozen=True, order=True)
class RandomGraph:
    """Each pair of nodes is joined with the same probability, given that the graph is connected.

    Up to two nodes can be connected in one way only: the probability has no effect, and 0 stands for it in the space.
    """

    nodes: int
    density: float = 0.0

    def __str__(self) -> str:
        return ",".join([_text(self.nodes), *([_text(self.density)] if self.density else [])])


@dataclass(frozen=True, order=True)
class Generated:
    """One of the graphs of a generator, printed as `NAGO(top=4,0.45 middle=3,0.6 bottom=5,2,0.1 graph=5)`.

    What has no effect is left out: `NAGO(top=3 middle=1 bottom=5,4)` leaves nothing to chance and has one graph.

    Raises:
        ValueError: a parameter is none of the values that `DECISIONS` offer, or has one where it makes no difference.
    """

    top: SmallWorld
    middle: RandomGraph
    bottom: SmallWorld
    graph: int = 0

    def __post_init__(self) -> None:
        to_choices(self)

    def __str__(self) -> str:
        numbered = f" graph={self.graph}" if self.active[_PLACES["graph"]] else ""
        return f"NAGO({self.generator}{numbered})"

    @property
    def generator(self) -> str:
        """The parameters, by which its graphs are sampled."""
        return f"top={self.top} middle={self.middle} bottom={self.bottom}"

    @property
    def active(self) -> tuple[bool, ...]:
        """Which decisions make a difference."""
        return active_decisions(_CONDITIONS, to_choices(self))

    @property
    def values(self) -> tuple[float, ...]:
        """One a decision; without effect are 2 neighbours, probabilities of 0 and the first graph."""
        top, middle, bottom = self.top, self.middle, self.bottom
        return (
            *(top.nodes, top.rewiring),
            *(middle.nodes, middle.density),
            *(bottom.nodes, bottom.neighbours, bottom.rewiring),
            self.graph,
        )


def _text(value: float) -> str:
    return f"{value:.10g}"


def _option(decision: Decision, text: str) -> int:
    if text not in decision.options:
        some = decision.options if len(decision.options) <= 3 else (*decision.options[:2], "...", decision.options[-1])
        raise ValueError(f"{decision.name} cannot be {text!r:.40}; it is one of {', '.join(some)}")
    return decision.options.index(text)


_WITHOUT_EFFECT = tuple(
    float(FEWEST_NEIGHBOURS) if decision.name == "bottom neighbours" else 0.0 for decision in DECISIONS
)


def to_choices(architecture: Generated) -> tuple[int, ...]:
    """One option a decision, a placeholder where it makes no difference.

    Raises:
        ValueError: a parameter is none of its decision's, or has a value where it makes no difference.
    """
    if architecture.top.neighbours != FEWEST_NEIGHBOURS:
        raise ValueError(f"top neighbours cannot be {architecture.top.neighbours}; up to four nodes, all have 2")
    choices: list[int] = []
    for place, (decision, value) in enumerate(zip(DECISIONS, architecture.values, strict=True)):
        active = active_decisions(_CONDITIONS[: place + 1], choices)[place]
        if active:
            choices.append(_option(decision, _text(value)))
            continue
        if value != _WITHOUT_EFFECT[place]:
            raise ValueError(
                f"{decision.name} makes no difference in {architecture.generator}: leave {_text(value)} out"
            )
        choices.append(PLACEHOLDER)
    return tuple(choices)


def from_choices(choices: Sequence[Any]) -> Generated:
    """The architecture with these options; what an inactive decision chooses is ignored.

    Raises:
        ValueError: not one choice a decision, or one that is no integer in its range.
    """
    if len(choices) != len(DECISIONS):
        raise ValueError(f"NAGO has {len(DECISIONS)} decisions, not {len(choices)}")
    chosen = with_placeholders(
        _CONDITIONS, indices(choices, _COUNTS, tuple(f"{name}:" for name in _PLACES), what="option")
    )
    active = active_decisions(_CONDITIONS, chosen)
    values = [
        decision.values[choice] if used else nothing
        for decision, choice, used, nothing in zip(DECISIONS, chosen, active, _WITHOUT_EFFECT, strict=True)
    ]
    n_t, p_t, n_m, p_m, n_b, k_b, p_b, graph = values
    top, bottom = SmallWorld(int(n_t), rewiring=p_t), SmallWorld(int(n_b), int(k_b), p_b)
    return Generated(top, RandomGraph(int(n_m), p_m), bottom, int(graph))


def active(choices: IntArray) -> npt.NDArray[np.bool_]:
    """Which decisions make a difference, for choices `(n, decisions)` with placeholders where they make none."""
    found = np.ones(choices.shape, dtype=bool)
    for place, alternatives in enumerate(_CONDITIONS):
        if alternatives:
            holds = [found[:, other] & np.isin(choices[:, other], list(kept)) for other, kept in alternatives]
            found[:, place] = np.any(holds, axis=0)
    return found


def generators() -> IntArray:
    """Choices of the first graph of every generator `(generators, decisions)`, in lexicographic order."""
    levels = (slice(0, 2), slice(2, 4), slice(4, 7))
    rows = [sorted(set(_level(places))) for places in levels]
    return np.array([[*top, *middle, *bottom, 0] for top, middle, bottom in product(*rows)], dtype=np.int64)


def _level(places: slice) -> Iterator[tuple[int, ...]]:
    """Choices of one level, each with placeholders; decisions of a level depend on none of another."""
    before = [0] * places.start
    after = [0] * (len(DECISIONS) - places.stop)
    for options in product(*(range(count) for count in _COUNTS[places])):
        yield with_placeholders(_CONDITIONS, [*before, *options, *after])[places]


_FORM = re.compile(r"NAGO\(top=([^ ]+) middle=([^ ]+) bottom=([^ )]+)(?: graph=([^ )]+))?\)")


def parse(text: str) -> Generated:
    """Read the printed form.

    Raises:
        ValueError: it has another form, or a parameter has a value that its decision does not offer.
    """
    read = _FORM.fullmatch(text.strip())
    if read is None:
        raise ValueError(f"{text!r:.80} is not of the form NAGO(top=N,P middle=N,P bottom=N,K,P graph=G)")
    *levels, graph = read.groups()
    names = (("top nodes", "top rewiring"), ("middle nodes", "middle density"))
    words = [*zip(names, levels[:2], strict=True), (_names_at_the_bottom(levels[2]), levels[2])]
    choices = [PLACEHOLDER] * len(DECISIONS)
    given = set()
    for expected, written in words:
        parts = written.split(",")
        if len(parts) > len(expected):
            raise ValueError(f"{text!r:.80} has {len(parts)} parameters where it can have {' and '.join(expected)}")
        for name, part in zip(expected, parts, strict=False):
            choices[_PLACES[name]] = _option(DECISIONS[_PLACES[name]], part)
            given.add(name)
    if graph is not None:
        choices[_PLACES["graph"]] = _option(DECISIONS[_PLACES["graph"]], graph)
        given.add("graph")
    for decision, active in zip(DECISIONS, active_decisions(_CONDITIONS, choices), strict=True):
        if active and decision.name not in given:
            raise ValueError(f"{text!r:.80} lacks the {decision.name}")
        if not active and decision.name in given:
            raise ValueError(f"{text!r:.80} has a {decision.name}, which makes no difference there: leave it out")
    return from_choices(choices)


def _names_at_the_bottom(written: str) -> tuple[str, ...]:
    """Of what is written there; neighbours are, where there are five nodes."""
    if written.partition(",")[0] == "5":
        return ("bottom nodes", "bottom neighbours", "bottom rewiring")
    return ("bottom nodes", "bottom rewiring")
