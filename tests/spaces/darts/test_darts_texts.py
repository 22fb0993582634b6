"""Architectures as texts: the printed form, DARTS's own notation, and what is malformed."""

from __future__ import annotations

import re

import pytest
from darts_architectures import DARTS_V2, DARTS_V2_HERE, SPACE, architectures, some
from hypothesis import example, given
from hypothesis import strategies as st

from nasrank.spaces.darts.genotype import NODES, OPERATIONS, Cell, Genotype
from nasrank.spaces.darts.notation import from_fields, to_darts


def test_the_published_architecture_is_read_from_its_own_notation():
    architecture = SPACE.parse(DARTS_V2)
    assert str(architecture) == DARTS_V2_HERE
    assert architecture == SPACE.parse(DARTS_V2_HERE)
    assert SPACE.traits(architecture) == {"convolutions": 6}


@given(architectures)
def test_both_notations_lead_back(architecture):
    assert SPACE.parse(str(architecture)) == architecture
    assert SPACE.parse(to_darts(architecture)) == architecture


@pytest.mark.slow
@given(architectures, st.randoms(use_true_random=False))
def test_order_quotes_brackets_and_spaces_do_not_matter(architecture, random):
    """As other code prints genotypes: fields and the edges of a node in any order, JSON's lists, line breaks."""
    fields = {}
    for kind, cell in (("normal", architecture.normal), ("reduce", architecture.reduce)):
        pairs = [pair for node in cell.nodes for pair in random.sample(node, 2)]
        opening, closing = random.choice(["[]", "()"])
        quote = random.choice("'\"")
        written = [
            f"{opening}{quote}{OPERATIONS[op]}{quote}, {source}{random.choice(['', ','])}{closing}"
            for op, source in pairs
        ]
        opening, closing = random.choice(["[]", "()"])
        fields[kind] = opening + f",{random.choice(['', ' ', chr(10)])}".join(written) + closing
        fields[f"{kind}_concat"] = random.choice(["range(2, 6)", "range( 2,6 )", "[2,3,4,5]", "(2, 3, 4, 5,)"])
    names = random.sample(list(fields), 4)
    text = "Genotype(" + ", ".join(f"{name} = {fields[name]}" for name in names) + random.choice([")", ",)", " )\n"])
    assert SPACE.parse(text) == architecture


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text.replace("range(2, 6)", "range(2, 5)", 1), "normal_concat is \\[2, 3, 4\\]"),
        (lambda text: text.replace("range(2, 6)", "range(0, 999999999)", 1), "normal_concat is range"),
        (lambda text: text.replace("range(2, 6)", "[2, 3, 4, 4]", 1), "normal_concat"),
        (lambda text: text.replace("range(2, 6)", "(2, 3, 4, 5]", 1), "normal_concat|expected a field"),
        (lambda text: text.replace("range(2, 6)", "4", 1), "expected a field"),
        (lambda text: text.replace("normal=", "ordinary="), "unknown field 'ordinary'"),
        (lambda text: text.replace("normal=", "reduce="), "reduce is there twice"),
        (lambda text: text.replace(", reduce_concat=range(2, 6)", ""), "reduce_concat is missing"),
        (lambda text: text.replace("'sep_conv_3x3', 0", "'sep_conv_4x4', 0", 1), "pair 1: 'sep_conv_4x4' is not one"),
        (lambda text: text.replace("'sep_conv_3x3', 0", "'none', 0", 1), "pair 1: 'none' is not one of"),
        (lambda text: text.replace("'sep_conv_3x3', 0", "'sep_conv_3x3', 1", 1), "node 2 has two edges from 1"),
        (lambda text: text.replace("'sep_conv_3x3', 0", "'sep_conv_3x3', 2", 1), "node 2: source 2 is not an index"),
        (lambda text: text.replace("'sep_conv_3x3', 0", "'sep_conv_3x3', -1", 1), "no list of pairs"),
        (lambda text: text.replace("'sep_conv_3x3', 0", "sep_conv_3x3, 0", 1), "no list of pairs"),
        (lambda text: text.replace("'sep_conv_3x3', 0", "print('x'), 0", 1), "expected a field|no list of pairs"),
        (lambda text: text.replace("('sep_conv_3x3', 0), ", "", 1), "normal has 7 operations"),
        (lambda text: text.replace("Genotype(", "Genotype"), "expected 'Genotype"),
        (lambda text: text[:-1], "expected a field .* at 'reduce_concat=range"),
        (lambda text: text + "x", "ending with a parenthesis"),
        (lambda text: text + text, r".{10,}"),
    ],
)
def test_malformed_genotypes_are_refused_by_where_they_are_wrong(damage, message):
    text = to_darts(SPACE.parse(DARTS_V2))
    assert damage(text) != text
    with pytest.raises(ValueError, match=message) as refusal:
        SPACE.parse(damage(text))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text.replace("|+|", "|", 1), "expected 4 nodes joined by '\\+', found 3"),
        (lambda text: text.replace("sep_conv_3x3~0|", "", 1), "normal cell: node 2 .* is not of the form"),
        (lambda text: text.replace("~0|", "~7|", 1), "normal cell: node 2: source 7"),
        (lambda text: text.replace("~0|", "~1|", 1), "normal cell: node 2 has two edges from 1"),
        (lambda text: text.replace("sep_conv_3x3", "none", 1), "node 2: 'none' is not one of"),
        (lambda text: text.replace("max_pool_3x3", "sep_conv_7x7", 1), "reduce cell, node 2: 'sep_conv_7x7'"),
        (lambda text: text.replace("reduce", "reduction"), "expected 'normal"),
    ],
)
def test_malformed_printed_forms_are_refused_by_where_they_are_wrong(damage, message):
    with pytest.raises(ValueError, match=message):
        SPACE.parse(damage(DARTS_V2_HERE))


@given(architectures, st.data())
def test_no_cut_or_doubled_text_is_read(architecture, data):
    for text in (str(architecture), to_darts(architecture)):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start, len(text)))
        part = text[start:end]
        if part != text:
            with pytest.raises(ValueError, match=r".{10,}"):
                SPACE.parse(part)
        with pytest.raises(ValueError, match=r".{10,}"):
            SPACE.parse(text + part + text)


@given(st.text(alphabet="Genotyprmaldc_=[]()'\", 0123456\n~|+", max_size=80) | st.text(max_size=40))
@example("Genotype(" + "[" * 3000)
@example("Genotype(normal=" + "(" * 3000 + ")" * 3000 + ")")
@example("Genotype(normal=[" + "('a', 1), " * 3000)
@example("Genotype(normal=[('a', 1)" + " " * 10_000 + "x])")
def test_any_text_is_read_or_refused_in_one_line(text):
    for asked in (text, "Genotype(" + text, f"Genotype(normal={text})"):
        with pytest.raises(ValueError, match=r".{10,}") as refusal:
            SPACE.parse(asked)
        assert len(str(refusal.value).splitlines()) == 1


def test_fields_of_json_are_read():
    pairs = [["skip_connect", source] for _ in NODES for source in (0, 1)]
    fields = {"normal": pairs, "reduce": pairs, "normal_concat": [2, 3, 4, 5], "reduce_concat": [5, 4, 3, 2]}
    assert from_fields(fields) == Genotype(*[Cell((((3, 0), (3, 1)),) * 4)] * 2)


@pytest.mark.parametrize(
    "entry",
    [["skip_connect", 0.0], ["skip_connect", True], ["skip_connect"], "ab", None, [0, "skip_connect"], ["", 0], 3],
    ids=repr,
)
def test_entries_of_json_that_are_no_pairs_are_refused(entry):
    pairs = [["skip_connect", source] for _ in NODES for source in (0, 1)]
    whole = {"normal": pairs, "reduce": pairs, "normal_concat": [2, 3, 4, 5], "reduce_concat": [2, 3, 4, 5]}
    for wrong in ({"normal": [entry, *pairs[1:]]}, {"reduce": entry}, {"normal_concat": entry}, {"normal": "ab" * 4}):
        with pytest.raises(ValueError, match=f"genotype: {next(iter(wrong))}"):
            from_fields(whole | wrong)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ((((4, 0), (4, 1)),) * 3, "has 4 nodes, not 3"),
        ((((4, 0),),) * 4, "node 2 has 1 edges"),
        ((((4, 0), (4,)),) * 4, "an edge is an operation and its source"),
        ((((0, 0), (4, 1)),) * 4, "node 2: none, from 0"),
        ((((8, 0), (4, 1)),) * 4, "node 2: operation 8"),
        ((((True, 0), (4, 1)),) * 4, "node 2: operation True"),
        ((((4, 0), (4, 2)),) * 4, "node 2: source 2"),
        ((((4, 1), (5, 1)),) * 4, "node 2 has two edges from 1"),
    ],
)
def test_cells_that_are_none_are_refused(nodes, message):
    with pytest.raises(ValueError, match=message):
        Cell(nodes)


def test_both_orders_of_the_edges_of_a_node_are_one_cell():
    for architecture in some(20):
        cell = architecture.normal
        turned = Cell(tuple((second, first) for first, second in cell.nodes))
        assert turned == cell
        assert hash(turned) == hash(cell)
        assert str(turned) == str(cell)


def test_an_architecture_is_of_cells():
    with pytest.raises(ValueError, match="the reduce cell is 'x'"):
        Genotype(some(1)[0].normal, "x")
    assert re.fullmatch(r"normal \S+ reduce \S+", str(some(1)[0]))
