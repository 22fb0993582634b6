"""Generators and the graphs they make: texts, sampling, isomorphism, and ways through them."""

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
from nasrank.spaces.nago.generator import RandomGraph, SmallWorld, active, from_choices
from nasrank.spaces.nago.space import operation_graph
from nasrank.spaces.nago.wiring import TRIES, Dag, Hierarchy, canonical, control, random_graph, sampled, small_world

SPACE = get_space("nago")
TEXT = "NAGO(top=4,0.45 middle=3,0.6 bottom=5,2,0.1 graph=5)"

architectures = st.tuples(*(st.integers(0, len(one.options) - 1) for one in SPACE.decisions)).map(from_choices)
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


# --- decisions and texts ---


def test_decisions_are_those_of_the_specification():
    values = {one.name: (one.values[0], one.values[-1], len(one.values)) for one in SPACE.decisions}
    assert values == {
        "top nodes": (3, 4, 2),
        "top rewiring": (0.1, 1, 19),
        "middle nodes": (1, 3, 3),
        "middle density": (0.2, 1, 17),
        "bottom nodes": (3, 5, 3),
        "bottom neighbours": (2, 4, 2),
        "bottom rewiring": (0.1, 1, 19),
        "graph": (0, 7, 8),
    }
    assert [decision.level for decision in SPACE.decisions] == ["generator"] * 7 + ["graph"]


def test_there_are_as_many_as_choices_that_make_a_difference():
    top, middle, bottom = 1 + 19, 1 + 1 + 17, 1 + 19 + (19 + 1)
    without_chance = 1 * 2 * 2  # three at the top, one or two in the middle, three or all of five joined at the bottom
    assert len(SPACE) == 8 * (top * middle * bottom - without_chance) + without_chance == 121_572


def test_a_parameter_is_chosen_where_it_makes_a_difference():
    """With other values of it, other graphs are sampled; without, there would be two names of one architecture."""
    for architecture in some(40):
        base = SPACE.to_choices(architecture)
        for place, decision in enumerate(SPACE.decisions):
            others = [(*base[:place], option, *base[place + 1 :]) for option in range(len(decision.options))]
            found = {from_choices(choices) for choices in others}
            assert len(found) == (len(decision.options) if SPACE.active(architecture)[place] else 1)


def test_what_makes_a_difference_is_told_of_many_as_of_each():
    choices = np.array([SPACE.to_choices(one) for one in some(200)])
    np.testing.assert_array_equal(active(choices), [from_choices(row).active for row in choices.tolist()])


def test_the_best_is_the_greatest_sum_of_what_makes_a_difference():
    generator = np.random.default_rng(0)
    scores = [generator.normal(size=len(one.options)) for one in SPACE.decisions]
    found, worth = SPACE.best(scores), []
    every = [*(SPACE.at(position) for position in generator.integers(len(SPACE), size=2000)), found]
    for architecture in every:
        pairs = zip(scores, SPACE.to_choices(architecture), SPACE.active(architecture), strict=True)
        worth.append(sum(vector[choice] for vector, choice, active in pairs if active))
    assert max(worth) == pytest.approx(worth[-1])
    assert sorted(worth)[-2] <= worth[-1]


def test_strata_are_of_so_many_nodes_at_the_bottom_and_parameters_uniform_within():
    """Of the enumeration, one architecture in forty has three nodes at the bottom, and one in twenty at the top."""
    generator = np.random.default_rng(0)
    drawn = [SPACE.sample_of_stratum(generator, number % 3) for number in range(1800)]
    assert [one.bottom.nodes for one in drawn[:6]] == [3, 4, 5, 3, 4, 5]
    assert [SPACE.stratum(one) for one in drawn[:6]] == [0, 1, 2, 0, 1, 2]
    of_five = [one.bottom for one in drawn if one.bottom.nodes == 5]
    assert np.mean([one.neighbours == 4 for one in of_five]) == pytest.approx(0.5, abs=0.06)
    assert np.mean([one.top.nodes == 3 for one in drawn]) == pytest.approx(0.5, abs=0.05)
    rewired = [one.bottom.rewiring for one in drawn if one.bottom.nodes == 4]
    assert np.mean(rewired) == pytest.approx(0.55, abs=0.05)
    with pytest.raises(ValueError, match=r"stratum: .*3"):
        SPACE.sample_of_stratum(generator, 3)


@given(architectures)
def test_every_architecture_is_read_back(architecture):
    assert SPACE.parse(str(architecture)) == architecture
    assert from_choices(SPACE.to_choices(architecture)) == architecture


def test_a_printed_architecture_is_what_it_says():
    found = SPACE.parse(TEXT)
    assert (found.top, found.middle) == (SmallWorld(4, 2, 0.45), RandomGraph(3, 0.6))
    assert (found.bottom, found.graph) == (SmallWorld(5, 2, 0.1), 5)
    assert str(found) == TEXT
    least = SPACE.parse("NAGO(top=3 middle=1 bottom=5,4)")
    assert (least.top, least.bottom, least.graph) == (SmallWorld(3), SmallWorld(5, 4), 0)
    assert str(least) == "NAGO(top=3 middle=1 bottom=5,4)"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (TEXT.replace("top=4", "top=5"), "top nodes cannot be '5'; it is one of 3, 4$"),
        (TEXT.replace("0.45", "0.46"), "top rewiring cannot be '0.46'; it is one of 0.1, 0.15, ..., 1$"),
        (TEXT.replace("0.45", ".45"), "top rewiring cannot be '.45'"),
        (TEXT.replace("middle=3,0.6", "middle=3"), "lacks the middle density$"),
        (TEXT.replace("middle=3,0.6", "middle=2,0.6"), "has a middle density, which makes no difference there: leave"),
        (TEXT.replace("middle=3,0.6", "middle=3,0.6,1"), "has 3 parameters where it can have middle nodes and middle"),
        (TEXT.replace("middle", "center"), r"is not of the form NAGO\(top=N,P middle=N,P bottom=N,K,P graph=G\)$"),
        (TEXT.replace("bottom=5,2", "bottom=5,3"), "bottom neighbours cannot be '3'; it is one of 2, 4$"),
        (TEXT.replace(" graph=5", ""), "lacks the graph$"),
        ("NAGO(top=3 middle=1 bottom=3 graph=1)", "has a graph, which makes no difference there: leave it out$"),
        (TEXT.replace("graph=5", "graph=8"), "graph cannot be '8'; it is one of 0, 1, ..., 7$"),
    ],
)
def test_a_malformed_text_is_told_what_is_wrong(wrong, why):
    with pytest.raises(ValueError, match=why) as refusal:
        SPACE.parse(wrong)
    assert "\n" not in str(refusal.value)


def test_what_the_space_does_not_offer_cannot_be_made():
    with pytest.raises(ValueError, match="bottom nodes cannot be '32'"):
        replace(SPACE.parse(TEXT), bottom=SmallWorld(32, 2, 0.1))
    with pytest.raises(ValueError, match=r"top rewiring makes no difference in top=3,0.5 .*: leave 0.5 out$"):
        replace(SPACE.parse(TEXT), top=SmallWorld(3, 2, 0.5))
    with pytest.raises(ValueError, match="top neighbours cannot be 3"):
        replace(SPACE.parse(TEXT), top=SmallWorld(4, 3, 0.5))


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


@given(dags)
def test_a_graph_of_one_level_has_one_form(dag):
    """Against all orders of its nodes, by networkx: the same form exactly for isomorphic graphs."""
    whole = Hierarchy(Dag(1, ()), (Dag(1, ()),), ((dag,),))
    other = permuted(whole, dag.nodes)
    assert canonical(other) == canonical(whole)
    for edge in dag.edges:
        less = Dag(dag.nodes, tuple(one for one in dag.edges if one != edge))
        assert canonical(replace(whole, bottoms=((less,),))) != canonical(whole)
