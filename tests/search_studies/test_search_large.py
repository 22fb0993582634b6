"""A search study on a part of a space that is too large to list, of which a table has some."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.oracles import open_oracle
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.places import Places
from nasrank.bench.search_studies.play import play
from nasrank.bench.search_studies.subject import Subject
from nasrank.spaces import get_enumerated

SPACE, TABLE = get_enumerated("dense_unet"), open_oracle("dense-unet-brain")
RUN = {"metric": "mean_dice", "dataset": "brain-template", "split": "test_tabulated", "epochs": 32}
KNOWN = [SPACE.at(int(position)) for position in TABLE.rows.positions[:2]]
COLUMN = {"table": {"oracle": "dense-unet-brain", **RUN, "seeds": 0}}


def study(**more: object) -> SearchStudy:
    """Of all combinations of what two networks of the table choose, of which it has these two."""
    pairs = zip(*map(SPACE.to_choices, KNOWN), strict=True)
    options = {
        decision.name: [decision.options[one] for one in sorted(set(pair))]
        for decision, pair in zip(SPACE.decisions, pairs, strict=True)
    }
    part = {
        "label": "two networks",
        "space": "dense_unet",
        "queries": 2,
        "options": options,
        "objectives": {"run": COLUMN, "work": {"cost": "multiply_adds"}},
        "reported": {
            "mean": COLUMN | {"table": COLUMN["table"] | {"seeds": "mean"}},
            "work": {"cost": "multiply_adds"},
        },
    }
    return SearchStudy.model_validate(
        {"title": "two", "runs": 2, "parts": {"two": part | more}, "searchers": {"random": {"searcher": "random"}}}
    )


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject("two", study().parts["two"])


def test_it_has_a_place_for_each_combination(subject: Subject) -> None:
    different = sum(one != other for one, other in zip(*map(SPACE.to_choices, KNOWN), strict=True))
    assert len(subject.places) == 2**different > 100
    places = [subject.place(tuple(SPACE.to_choices(one))) for one in KNOWN]
    assert [subject.places.at(place) for place in places] == KNOWN
    assert subject.places.architectures()[places[1]] == KNOWN[1]
    assert subject.allowed.all()


def test_numbers_are_those_of_the_table(subject: Subject) -> None:
    """The mean Dice coefficient is better when it is high, though it is no accuracy."""
    places = [subject.place(tuple(SPACE.to_choices(one))) for one in KNOWN]
    for found, seeds in ((subject.told("run"), 0), (subject.reported("mean"), "mean")):
        expected = TABLE.whole(TABLE.find(**RUN, seeds=seeds))[:2].tolist()
        assert found[places].tolist() == expected
        assert np.isfinite(found).sum() == 2
    costs = [SPACE.cost(one).multiply_adds for one in KNOWN]
    assert subject.reported("work")[places].tolist() == costs
    assert np.isfinite(subject.reported("work")).all()
    assert subject.part.objectives["run"].higher_is_better
    assert subject.part.objectives["run"].named == "mean Dice on brain-template, test_tabulated"


def test_a_search_finds_the_better_of_both(subject: Subject) -> None:
    run = play(study(), subject, "random", 0)
    told = subject.told("run")
    assert run.queries == 2
    assert (
        subject.places.at(run.steps[-1][2])
        == KNOWN[int(np.argmax([told[subject.place(tuple(SPACE.to_choices(one)))] for one in KNOWN]))]
    )


def test_what_is_outside_has_no_place(subject: Subject) -> None:
    outside = next(one for one in map(SPACE.at, map(int, TABLE.rows.positions[2:])))
    with pytest.raises(ValueError, match=r"is not in the part of dense_unet that is searched"):
        subject.place(tuple(SPACE.to_choices(outside)))


def test_options_without_an_architecture_are_told() -> None:
    options = {"top nodes": ["3"], "top rewiring": ["0.5"]}  # which makes no difference to three nodes
    with pytest.raises(ValueError, match="nago has no architecture with these options"):
        len(Places(get_enumerated("nago"), options).searched)


def test_all_of_it_is_too_large() -> None:
    with pytest.raises(ValueError, match=r"dense_unet has 241,864,704 architectures, which are too many to list"):
        study(options={})
