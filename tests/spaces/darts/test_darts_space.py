"""Counts, isomorphism against brute force, moves, what scores speak for, and strata."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations, product
from math import comb, prod

import numpy as np
import pytest
from darts_architectures import SPACE, architectures, some
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from nasrank.spaces.darts import isomorphism
from nasrank.spaces.darts.genotype import CELLS, CONVOLUTIONS, EDGES, NODES, NONE, OPERATIONS, Cell, Genotype
from nasrank.spaces.darts.moves import SLICES


def test_there_are_as_many_as_published():
    """[Liu2019] counts (k(k+1)/2 * 7^2) over the nodes, about 10^9 a cell and 10^18 in all."""
    assert CELLS == prod(comb(node, 2) * 7**2 for node in NODES) == 180 * 7**8 == 1_037_664_180
    assert len(SPACE) == 1_037_664_180**2 < 2**63
    assert len(SPACE.decisions) == 28
    assert {len(decision.options) for decision in SPACE.decisions} == {8}
    assert Counter(decision.into for decision in SPACE.decisions) == {
        f"{kind} node {node}": node for kind in ("normal", "reduce") for node in NODES
    }


@given(st.integers(0, len(SPACE) - 1))
def test_positions_lead_back_and_are_in_the_order_of_their_digits(position):
    architecture = SPACE.at(position)
    assert SPACE.position(architecture) == position
    assert type(SPACE.position(architecture)) is int
    if position + 1 < len(SPACE):
        following = SPACE.at(position + 1)
        assert (pairs_first(architecture)) < (pairs_first(following))


def pairs_first(architecture):
    """What positions ascend with: of each node the sources, then the operations."""
    return [
        ((first, second), one, other) for cell in architecture.cells for (one, first), (other, second) in cell.nodes
    ]


def test_last_positions_are_exact():
    """Beyond what floats can tell apart."""
    last = len(SPACE) - 1
    assert [SPACE.position(SPACE.at(one)) for one in (last, last - 1, 0)] == [last, last - 1, 0]
    assert str(SPACE.at(last)).count("dil_conv_5x5") == 16
    assert SPACE.choices(np.array([last - 1, last]))[1].tolist() == list(SPACE.to_choices(SPACE.at(last)))


# --- isomorphism ---


def isomorphic(one: Cell, other: Cell) -> bool:
    """By every renumbering of the four nodes, whether or not it is a topological order."""
    edges = set(one.edges)
    for order in permutations(NODES):
        new = dict(zip(range(6), (0, 1, *order), strict=True))
        if {(op, new[source], new[target]) for op, source, target in other.edges} == edges:
            return True
    return False


def renumbered_at_random(cell: Cell, generator) -> Cell:
    found = list(isomorphism.renumbered(cell))
    return Cell(found[generator.integers(len(found))])


def few_operations(count, operations, seed):
    """Random cells of few operations, among which isomorphic ones are frequent."""
    generator = np.random.default_rng(seed)
    pairs = [list(combinations(range(node), 2)) for node in NODES]
    for _ in range(count):
        nodes = []
        for candidates in pairs:
            first, second = candidates[generator.integers(len(candidates))]
            one, other = generator.choice(operations, 2).tolist()
            nodes.append(((one, first), (other, second)))
        yield Cell(tuple(nodes))


@pytest.mark.slow
def test_cells_have_one_canonical_form_exactly_where_a_renumbering_makes_them_equal():
    cells = list(dict.fromkeys((*few_operations(40, [3], seed=0), *few_operations(20, [3, 4], seed=0))))
    met = 0
    for one, other in combinations(cells, 2):
        same = isomorphic(one, other)
        assert (isomorphism.canonical(one) == isomorphism.canonical(other)) == same
        met += same
    assert met > 10


def test_renumbered_architectures_have_the_key_and_cost_of_the_first_and_others_have_not():
    generator = np.random.default_rng(0)
    for architecture in some(50):
        other = Genotype(*(renumbered_at_random(cell, generator) for cell in architecture.cells))
        assert SPACE.key(other) == SPACE.key(architecture)
        assert SPACE.cost(other) == SPACE.cost(architecture)
        assert SPACE.key(SPACE.parse(SPACE.key(other))) == SPACE.key(other)
        swapped = Genotype(architecture.reduce, architecture.normal)
        assert SPACE.key(swapped) != SPACE.key(architecture)


@pytest.mark.parametrize("operations", [[3], pytest.param([3, 4], marks=pytest.mark.slow)], ids=len)
def test_classes_are_as_many_as_are_found_by_counting_cells_of_few_operations(operations):
    """In place of seven: one, so that only the links tell cells apart, or two, 46,080 cells."""
    every = (
        Cell(tuple(nodes))
        for nodes in product(
            *(
                [
                    ((one, first), (other, second))
                    for first, second in combinations(range(node), 2)
                    for one, other in product(operations, repeat=2)
                ]
                for node in NODES
            )
        )
    )
    sizes = Counter(map(isomorphism.canonical, every))
    assert len(sizes) == isomorphism.cell_classes(len(operations))
    assert sum(sizes.values()) == 180 * len(operations) ** 8
    for cell, size in list(sizes.items())[:: max(1, len(sizes) // 50)]:
        assert isomorphism.members(cell) == size
    assert SPACE.classes == isomorphism.cell_classes(7) ** 2


@pytest.mark.slow
def test_classes_are_drawn_uniformly():
    """Of two operations by chance: how many members a class has does not matter."""
    generator = np.random.default_rng(0)
    sizes = [isomorphism.members(SPACE.from_choices(SPACE.random_class_choices(generator)).normal) for _ in range(1000)]
    uniform = [isomorphism.members(one.normal) for one in some(1000)]
    for size in sorted(set(sizes)):
        expected = np.mean([(one == size) / one for one in uniform]) / np.mean([1 / one for one in uniform])
        assert np.mean([one == size for one in sizes]) == pytest.approx(expected, abs=0.06)


# --- moves ---


@pytest.mark.slow
@given(architectures)
def test_neighbours_differ_in_one_operation_or_one_source(architecture):
    own, steps = set(edges_of(architecture)), Counter()
    neighbours = SPACE.neighbours(architecture)
    for neighbour in neighbours:
        (gone,), (new,) = own - set(edges_of(neighbour)), set(edges_of(neighbour)) - own
        kind, operation, source, target = gone
        assert (kind, target) == (new[0], new[3])
        assert (operation == new[1]) != (source == new[2])
        steps["operation" if source == new[2] else "source"] += 1
    assert steps == {"operation": 16 * 6, "source": 2 * (2 * 1 + 2 * 2 + 2 * 3)}
    assert len(set(neighbours)) == 120


def edges_of(architecture):
    return [(kind, *edge) for kind, cell in enumerate(architecture.cells) for edge in cell.edges]


def test_an_architecture_of_two_equal_cells_has_neighbours_of_both():
    cell = some(1)[0].normal
    neighbours = SPACE.neighbours(Genotype(cell, cell))
    assert Counter((one.normal == cell, one.reduce == cell) for one in neighbours) == {
        (True, False): 60,
        (False, True): 60,
    }


@given(architectures, st.integers(0, 2**32), st.sampled_from([0.05, 0.3, 1.0]))
def test_mutated_choices_of_an_architecture_make_one(architecture, seed, probability):
    mutant = SPACE.mutate_choices(SPACE.to_choices(architecture), np.random.default_rng(seed), probability)
    assert SPACE.allows(mutant)


def test_choices_mutate_at_the_rate_asked_for():
    """An edge drawn anew is the same again once in seven times its sources."""
    generator, changed, edges = np.random.default_rng(0), 0, 0
    for architecture in some(300):
        choices = SPACE.to_choices(architecture)
        mutant = SPACE.mutate_choices(choices, generator, 0.1)
        changed += len(set(enumerate(mutant)) - set(enumerate(choices)) - {(p, NONE) for p in range(28)})
        edges += 16
    kept = np.mean([1 / (7 * (node - 1)) for node in NODES])
    assert changed / edges == pytest.approx(0.1 * (1 - kept), abs=0.02)


def test_choices_that_make_no_architecture_keep_their_numbers_of_edges():
    generator = np.random.default_rng(0)
    for _ in range(50):
        choices = generator.integers(len(OPERATIONS), size=28).tolist()
        mutant = SPACE.mutate_choices(choices, generator, 0.5)
        for part in SLICES:
            assert sum(map(bool, mutant[part])) == sum(map(bool, choices[part]))


@given(architectures, architectures, st.integers(0, 2**32))
def test_children_take_each_node_from_a_parent(first, second, seed):
    generator = np.random.default_rng(seed)
    choices = SPACE.cross_choices(SPACE.to_choices(first), SPACE.to_choices(second), generator)
    for child in (SPACE.from_choices(choices), SPACE.crossover(first, second, generator)):
        for own, one, other in zip(child.cells, first.cells, second.cells, strict=True):
            assert all(a in pair for a, *pair in zip(own.nodes, one.nodes, other.nodes, strict=True))


def test_slices_are_the_edges_into_each_node():
    for part, into in zip(SLICES, dict.fromkeys(decision.into for decision in SPACE.decisions), strict=True):
        assert {decision.into for decision in SPACE.decisions[part]} == {into}
        assert sum(decision.into == into for decision in SPACE.decisions) == part.stop - part.start


# --- what scores speak for ---


def test_the_best_and_what_darts_derives_are_those_of_all_nodes():
    """Against every pair of sources and operations of each node; the rules differ where `none` scores differently."""
    generator, different = np.random.default_rng(0), 0
    for _ in range(20):
        scores = [generator.normal(size=8) for _ in SPACE.decisions]
        best, derived = SPACE.best(scores), SPACE.derived(scores)
        for kind, (cell, own) in enumerate(zip(best.cells, derived.cells, strict=True)):
            tables = dict(zip(EDGES, scores[14 * kind : 14 * kind + 14], strict=True))
            for place, node in enumerate(NODES):
                into = [tables[source, node] for source in range(node)]

                def total(edges, into=into):
                    chosen = {source: operation for operation, source in edges}
                    return sum(table[chosen.get(source, NONE)] for source, table in enumerate(into))

                every = [
                    ((one, first), (other, second))
                    for first, second in combinations(range(node), 2)
                    for one, other in product(range(1, 8), repeat=2)
                ]
                assert total(cell.nodes[place]) == pytest.approx(max(map(total, every)))
                strongest = sorted(range(node), key=lambda source, into=into: -into[source][1:].max())[:2]
                assert own.nodes[place] == tuple((1 + int(into[s][1:].argmax()), s) for s in sorted(strongest))
        different += best != derived
        weights = [np.exp(table) / np.exp(table).sum() for table in scores]
        assert SPACE.derived([np.log(one) for one in weights]) == SPACE.derived(weights)
    assert different > 10


def test_equal_scores_speak_for_the_first_sources_and_operations():
    zeros = [np.zeros(8) for _ in SPACE.decisions]
    first = SPACE.at(0)
    assert SPACE.best(zeros) == SPACE.derived(zeros) == first
    assert set(edges_of(first)) == {(kind, 1, source, node) for kind in (0, 1) for node in NODES for source in (0, 1)}


# --- strata ---


def test_strata_are_the_numbers_of_convolutions():
    generator = np.random.default_rng(0)
    assert SPACE.strata == 17
    for stratum in range(SPACE.strata):
        for _ in range(20):
            architecture = SPACE.sample_of_stratum(generator, stratum)
            assert SPACE.stratum(architecture) == stratum == architecture.convolutions
            names = str(architecture)
            assert names.count("sep_conv") + names.count("dil_conv") == stratum
    for wrong in (-1, 17, 3.0, True):
        with pytest.raises(ValueError, match="stratum: "):
            SPACE.sample_of_stratum(generator, wrong)


@pytest.mark.slow
def test_samples_of_a_stratum_are_uniform():
    """By edge, by operation and by pair of sources."""
    generator = np.random.default_rng(0)
    drawn = [SPACE.sample_of_stratum(generator, 5) for _ in range(2000)]
    rows = np.array([[op in CONVOLUTIONS for op, *_ in (*one.normal.edges, *one.reduce.edges)] for one in drawn])
    assert chisquare(rows.sum(0)).pvalue > 1e-4
    operations = Counter(op for one in drawn for op, *_ in one.normal.edges)
    assert chisquare([operations[op] for op in CONVOLUTIONS]).pvalue > 1e-4
    assert chisquare([operations[op] for op in (1, 2, 3)]).pvalue > 1e-4
    pairs = Counter(tuple(source for _, source in one.reduce.nodes[3]) for one in drawn)
    assert len(pairs) == 10
    assert chisquare(list(pairs.values())).pvalue > 1e-4
