"""The graphs that generators make: sampling, stages, controls and isomorphism."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nasrank.spaces import get_space
from nasrank.spaces.nago.generator import RandomGraph, SmallWorld
from nasrank.spaces.nago.space import operation_graph
from nasrank.spaces.nago.wiring import TRIES, Dag, Hierarchy, canonical, control, random_graph, sampled, small_world

SPACE = get_space("nago")
TEXT = "NAGO(top=4,0.45 middle=3,0.6 bottom=5,2,0.1 graph=5)"

dags = st.integers(1, 5).flatmap(
    lambda nodes: st.sets(st.sampled_from(Dag.complete(nodes).edges or ((0, 0),))).map(
        lambda edges: Dag(nodes, tuple(sorted(edge for edge in edges if edge[0] < edge[1])))
    )
)


def some(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def graphs_of(hierarchy):
    return (hierarchy.top, *hierarchy.middles, *(bottom for bottoms in hierarchy.bottoms for bottom in bottoms))


def undirected(dag):
    graph = nx.empty_graph(dag.nodes)
    graph.add_edges_from(dag.edges)
    return graph


# --- sampling ---


def test_graphs_are_connected_of_the_size_that_was_asked_for_and_each_is_its_own():
    bottoms = set()
    for architecture in some(100):
        found = sampled(architecture)
        assert found.top.nodes == architecture.top.nodes
        assert {dag.nodes for dag in found.middles} == {architecture.middle.nodes}
        assert {dag.nodes for those in found.bottoms for dag in those} == {architecture.bottom.nodes}
        assert all(nx.is_connected(undirected(dag)) for dag in graphs_of(found))
        assert 9 <= sum(found.leaves) <= 60
        bottoms.add(len({dag for those in found.bottoms for dag in those}))
    assert max(bottoms) > 4, "nodes of one network have different graphs"


def test_a_small_world_has_the_edges_of_its_ring():
    """Rewiring keeps their number; of an odd number of neighbours, networkx takes one less."""
    for nodes, neighbours, joined in ((3, 2, 2), (3, 3, 2), (4, 2, 2), (4, 3, 2), (7, 4, 4), (7, 5, 4), (4, 9, 2)):
        for number in range(20):
            dag = small_world(SmallWorld(nodes, neighbours, 0.5), f"test {number}")
            assert len(dag.edges) == nodes * joined // 2
    assert small_world(SmallWorld(5, 4, 0.5), "test") == Dag.complete(5)


def test_rewiring_moves_edges_and_density_adds_some():
    ring = {(0, 1), (1, 2), (2, 3), (0, 3)}
    rewired = [
        np.mean([set(small_world(SmallWorld(4, 2, share), f"{number}").edges) != ring for number in range(300)])
        for share in (0.1, 0.5, 1)
    ]
    assert rewired[0] < rewired[1] < rewired[2]
    edges = [
        np.mean([len(random_graph(RandomGraph(3, share), f"{number}").edges) for number in range(300)])
        for share in (0.2, 0.6, 1)
    ]
    assert 2 < edges[0] < edges[1] < edges[2] == 3


RECORDED = """\
top 4: 0>2 1>2 1>3 2>3
middle 2: 0>1
bottom 4: 0>2 0>3 1>2 1>3
bottom 4: 0>1 0>3 1>2 2>3
middle 2: 0>1
bottom 4: 0>1 0>3 1>3 2>3
bottom 4: 0>1 1>2 1>3 2>3
middle 2: 0>1
bottom 4: 0>1 0>2 1>3 2>3
bottom 4: 0>1 0>3 1>2 2>3
middle 2: 0>1
bottom 4: 0>1 0>2 1>2 1>3
bottom 4: 0>2 1>2 1>3 2>3
"""
"""Of networkx 3.6.1. Where another version draws other graphs, tables that were made before are of other networks."""


@pytest.mark.slow
def test_a_graph_does_not_depend_on_what_was_made_before():
    """Neither in this process, where many were, nor in another."""
    text = "NAGO(top=4,0.45 middle=2 bottom=4,0.5 graph=5)"
    found = sampled(SPACE.parse(text))
    lines = [("top", found.top)]
    for middle, bottoms in zip(found.middles, found.bottoms, strict=True):
        lines += [("middle", middle), *(("bottom", bottom) for bottom in bottoms)]
    edges = (f"{name} {dag.nodes}: {' '.join(f'{one}>{other}' for one, other in dag.edges)}" for name, dag in lines)
    assert "\n".join(edges) + "\n" == RECORDED
    program = (
        "from nasrank.spaces import get_space; from nasrank.spaces.nago.wiring import sampled; "
        f"print(sampled(get_space('nago').parse('{text}')))"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(found)


def test_graphs_that_cannot_be_connected_are_refused():
    """The space has none of such a low density."""
    with pytest.raises(ValueError, match=rf"none of {TRIES} random graphs \(3,1e-09\) is connected"):
        random_graph(RandomGraph(3, 1e-9), "test")
    random_graph(RandomGraph(3, 0.2), "test")
    with pytest.raises(ValueError, match=rf"none of {TRIES} small-world graphs \(3,1,0.5\) is connected"):
        small_world(SmallWorld(3, 1, 0.5), "test")


def test_a_random_graph_is_drawn_until_one_is_connected():
    """With each pair joined in one of five cases, a tenth of the graphs are."""
    drawn = [random_graph(RandomGraph(3, 0.2), f"test {number}") for number in range(30)]
    assert all(nx.is_connected(undirected(dag)) for dag in drawn)
    assert len(set(drawn)) > 2


def test_other_parameters_and_other_numbers_make_other_graphs():
    base = replace(SPACE.parse(TEXT), bottom=SmallWorld(4, 2, 0.5))
    others = [
        *(replace(base, graph=number) for number in range(8)),
        replace(base, top=SmallWorld(4, 2, 0.5)),
        replace(base, middle=RandomGraph(3, 0.65)),
        replace(base, bottom=SmallWorld(4, 2, 0.55)),
    ]
    assert len({sampled(one) for one in others}) == len(others)


# --- stages ---


@pytest.mark.parametrize(("nodes", "stages"), [(3, (0, 1, 2)), (4, (0, 0, 1, 2)), (5, (0, 0, 1, 1, 2))])
def test_every_top_reaches_three_stages(nodes, stages):
    """In the authors' code, which takes ratios of 1:1:1 for thirds, four nodes and more stay in the first."""
    hierarchy = Hierarchy(Dag.complete(nodes), (Dag(1, ()),) * nodes, ((Dag(1, ()),),) * nodes)
    assert hierarchy.stages == stages


def test_widths_change_where_stages_do():
    hierarchy = Hierarchy(Dag(4, ((0, 2), (1, 2), (1, 3))), (Dag(1, ()),) * 4, ((Dag(1, ()),),) * 4)
    assert hierarchy.resized == ((0, 2), (1, 2), (1, 3), (2, None))
    late = replace(hierarchy, top=Dag(4, ((0, 1), (1, 3))))
    assert late.resized == ((None, 2), (1, 3), (2, None))


def test_the_control_of_an_architecture_is_three_small_worlds_in_a_row_with_as_many_convolutions():
    architecture = SPACE.parse("NAGO(top=4,0.5 middle=3,0.6 bottom=5,2,0.1 graph=3)")
    found, own = control(architecture), sampled(architecture)
    assert (found.stages, found.leaves) == ((0, 1, 2), (20, 20, 20))
    assert sum(own.leaves) == 60
    assert len({those[0] for those in found.bottoms}) == 3
    assert all(len(those[0].edges) == 40 for those in found.bottoms), "four neighbours each, each edge counted once"
    assert found == control(architecture) != control(replace(architecture, graph=4))
    least = SPACE.parse("NAGO(top=3 middle=1 bottom=3)")
    assert control(least).leaves == (3, 3, 3)
    for one in SPACE.sample(np.random.default_rng(5), 30):
        sizes = control(one).leaves
        assert sum(sizes) == sum(sampled(one).leaves)
        assert max(sizes) - min(sizes) <= 1


def test_another_wiring_is_refused():
    architecture = SPACE.parse("NAGO(top=3 middle=1 bottom=3)")
    for build in (SPACE.network, SPACE.cost):
        with pytest.raises(ValueError, match="wiring is hierarchical or flat, not 'loose'"):
            build(architecture, wiring="loose")
    with pytest.raises(ValidationError, match="hierarchical"):
        SPACE.network_options.model_validate({"wiring": "loose"})


# --- isomorphism ---


def labelled(hierarchy):
    graph = operation_graph(hierarchy)
    found = nx.DiGraph(graph.edges)
    nx.set_node_attributes(found, dict(enumerate(graph.labels)), "label")
    return found


@pytest.mark.slow
def test_keys_are_equal_exactly_where_graphs_are_isomorphic():
    """By networkx, which looks at one flat graph; among graphs of the same size, so that many are alike."""
    base = SPACE.parse("NAGO(top=4,0.5 middle=2 bottom=4,0.1 graph=0)")
    drawn = [
        replace(base, top=SmallWorld(4, 2, p), bottom=SmallWorld(4, 2, q), graph=number)
        for p in (0.1, 0.9)
        for q in (0.1, 0.15)
        for number in range(8)
    ]
    moved = {permuted(sampled(one), seed) for seed, one in enumerate(drawn)}
    hierarchies = sorted({sampled(one) for one in drawn} | moved)
    same = 0
    for place, one in enumerate(hierarchies):
        for other in hierarchies[:place]:
            expected = nx.is_isomorphic(
                labelled(one), labelled(other), node_match=lambda a, b: a["label"] == b["label"]
            )
            assert (canonical(one) == canonical(other)) == expected
            same += expected
    assert same > 10


def permuted(hierarchy, seed):
    """With the nodes of every graph in another order in which edges ascend."""
    generator = np.random.default_rng(seed)

    def order_of(dag, kinds=None):
        for _ in range(200):
            order = generator.permutation(dag.nodes).tolist()  # of each node, its new place
            stays = kinds is None or all(kinds[node] == kinds[place] for node, place in enumerate(order))
            if stays and all(order[source] < order[target] for source, target in dag.edges):
                return order
        return list(range(dag.nodes))

    def moved(dag, order):
        return Dag(dag.nodes, tuple(sorted((order[source], order[target]) for source, target in dag.edges)))

    def placed(things, order):
        return tuple(thing for _, thing in sorted(zip(order, things, strict=True), key=lambda pair: pair[0]))

    top, middles, bottoms = order_of(hierarchy.top, hierarchy.stages), [], []
    for middle, those in zip(hierarchy.middles, hierarchy.bottoms, strict=True):
        order = order_of(middle)
        middles.append(moved(middle, order))
        bottoms.append(placed([moved(bottom, order_of(bottom)) for bottom in those], order))
    return Hierarchy(moved(hierarchy.top, top), placed(middles, top), placed(bottoms, top))


@pytest.mark.slow
@given(dags)
def test_a_graph_of_one_level_has_one_form(dag):
    """Against all orders of its nodes, by networkx: the same form exactly for isomorphic graphs."""
    whole = Hierarchy(Dag(1, ()), (Dag(1, ()),), ((dag,),))
    other = permuted(whole, dag.nodes)
    assert canonical(other) == canonical(whole)
    for edge in dag.edges:
        less = Dag(dag.nodes, tuple(one for one in dag.edges if one != edge))
        assert canonical(replace(whole, bottoms=((less,),))) != canonical(whole)
