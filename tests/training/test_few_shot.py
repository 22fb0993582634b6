"""Few-shot NAS: which decisions are split, and that a part trains what it owns."""

from __future__ import annotations

from itertools import product

import pytest
from toy import CONSTRAINED, TOY, ToySpace, stream

from nasrank.bench.training.strategies.few_shot import FewShot
from nasrank.spaces import get_space
from nasrank.spaces.subspace import options_left


def unused():
    raise AssertionError("the division looks at no images")


def divided(space, **switches):
    """What each part leaves of the decisions that were split, by place."""
    whole = options_left(space)
    return [
        {place: left for place, left in enumerate(options_left(part)) if left != whole[place]}
        for part in FewShot(space, stream(), **switches).divide(unused)
    ]


def test_nb201_is_split_by_the_edge_from_the_input_to_the_first_node():
    space = get_space("nb201")
    assert space.decisions[0].name == "edge 0->1"
    assert divided(space) == [{0: (option,)} for option in range(5)]


def test_two_decisions_of_nb201_make_25_parts():
    pairs = [{0: (first,), 1: (second,)} for first, second in product(range(5), range(5))]
    assert divided(get_space("nb201"), split_decisions=2) == pairs


def test_nb101_is_split_by_operations_since_its_edges_are_constrained():
    space = get_space("nb101")
    assert space.decisions[21].name == "vertex 1"
    assert divided(space) == [{21: (option,)} for option in range(3)]


def test_the_decisions_with_the_most_options_are_split():
    assert divided(TOY) == [{1: (option,)} for option in range(5)]
    assert divided(TOY, split_decisions=2) == [{1: (one,), 2: (other,)} for one in range(5) for other in range(3)]


def test_a_part_draws_its_own_architectures():
    for option, part in enumerate(FewShot(TOY, stream()).divide(unused)):
        strategy = FewShot(part, stream())
        paths = [strategy.path() for _ in range(30)]
        assert {path[1] for path in paths} == {option}
        assert {path[2] for path in paths} == {0, 1, 2}


@pytest.mark.parametrize("space", [CONSTRAINED, ToySpace(TOY.decisions[:1])], ids=["constrained", "one decision"])
def test_there_must_be_as_many_free_decisions(space):
    with pytest.raises(ValueError, match="few-shot cannot split 2 free decisions: the space has 1"):
        FewShot(space, stream(), split_decisions=2).divide(unused)


@pytest.mark.parametrize(("decisions", "parts"), [(1, 5), (2, 25)])
def test_in_the_papers_course_each_part_trains_half_as_long_as_the_super_net_before(decisions, parts):
    first, later = FewShot(get_space("nb201"), stream(), course="paper", split_decisions=decisions).generations
    assert first + later == pytest.approx(1)
    assert later / parts == pytest.approx(first / 2)
    assert FewShot(get_space("nb201"), stream()).generations == (0.5, 0.5)
