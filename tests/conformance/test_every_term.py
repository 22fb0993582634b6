"""What every registered term owes the trainer, shown on a toy that single paths train."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import product
from math import inf, isfinite, nan

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from toy import CLASSES, TOY, ToySuperNet, endless, gradients, make_step, random_batch, stream

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.strategies.few_shot import FewShot
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.bench.training.terms import TERMS, Term, TermContext
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces.subspace import owns

EVERY = list(product(*(range(len(decision.options)) for decision in TOY.decisions)))
LANDMARKS = [EVERY[place] for place in stream(7).permutation(len(EVERY))[:12]]
LABELS = np.array([float(place) for place in stream(6).permutation(12)])
STEPS = 12


@pytest.fixture(params=TERMS.values(), ids=TERMS)
def kind(request) -> type[Term]:
    return request.param


def build(kind: type[Term], seed: int = 0, **options: float) -> Term:
    """On at every step, with landmarks that a term may take or leave."""
    return kind(kind.Settings(**options).always(), TermContext(stream(seed), LANDMARKS, LABELS))


def run(terms, seed=0):
    """The weights after a training with these terms, and its record."""
    supernet, batch = ToySuperNet(), partial(random_batch, 8)
    held_out = {"strategy": endless(batch(2))} | {
        term.name: (batch(number) for number in range(100, 10_000)) for term in terms if "held_out" in term.needs
    }
    strategy, optimization = SinglePathOneShot(TOY, stream(seed)), Optimization(STEPS, batch_size=8)
    record = train(supernet, Classification(CLASSES), strategy, terms, optimization, endless(batch(1)), held_out)
    return supernet.state_dict(), record


def equal(one, two):
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def test_it_is_registered_by_its_name_and_says_what_it_is(kind):
    assert TERMS[kind.name] is kind
    assert kind.label
    assert "." not in kind.name, "what it records stands under its name and a dot"
    assert kind.name not in {"strategy", "fraction", "loss"}, "names of streams and of what every training records"
    assert kind.needs <= {"labels", "held_out"}
    assert __import__(kind.__module__, fromlist=["x"]).__doc__


def test_labels_are_different():
    assert max(Counter(kind.label for kind in TERMS.values()).values()) == 1


def test_a_study_can_do_without_any_of_its_options(kind):
    settings = kind.Settings()
    assert kind.Settings(**settings.model_dump()) == settings
    assert kind.Settings.model_validate_json(settings.model_dump_json()) == settings
    with pytest.raises(ValidationError, match="frozen"):
        settings.coefficient = 2.0


def test_options_that_are_unknown_not_finite_or_of_another_type_are_refused(kind):
    with pytest.raises(ValidationError, match="coeficient"):
        kind.Settings(coeficient=1.0)
    for name, field in kind.Settings.model_fields.items():
        for wrong in (nan, inf, -inf, "1", [1.0]) if field.annotation in (int, float) else ([1.0], object()):
            with pytest.raises(ValidationError, match=name):
                kind.Settings(**{name: wrong})


def test_every_number_of_its_options_has_bounds(kind):
    for name, field in kind.Settings.model_fields.items():
        if field.annotation in (int, float):
            for far in (10**12, -(10**12)):
                with pytest.raises(ValidationError, match=name):
                    kind.Settings(**{name: field.annotation(far)})


def test_one_that_needs_labels_says_that_there_are_none(kind):
    context = TermContext(stream())
    if "labels" not in kind.needs:
        assert kind(kind.Settings(), context)
        return
    with pytest.raises(ValueError, match=rf"the term '{kind.name}' needs landmarks with labels, and there are none"):
        kind(kind.Settings(), context)


def test_a_step_adds_finite_gradients_and_leaves_the_weights(kind):
    supernet, term = ToySuperNet(), build(kind)
    before = {name: value.clone() for name, value in supernet.state_dict().items()}
    batches = iter(range(100))
    found, changed = {}, False
    for number in range(STEPS):
        step = make_step(supernet, number / STEPS, held_out=lambda: random_batch(seed=next(batches)))
        supernet.zero_grad()
        step.loss(EVERY[number]).backward()
        alone = gradients(supernet)
        assert term.accumulate(step) is None
        found = gradients(supernet)
        assert all(torch.isfinite(gradient).all() for gradient in found.values())
        assert found.keys() >= alone.keys(), "it adds to what is there"
        changed = changed or not equal(found, alone)
    assert changed
    assert equal(supernet.state_dict(), before)


def test_training_goes_another_way_with_it_and_stays_finite(kind):
    (plain, _), (weights, record) = run([]), run([build(kind)])
    assert not equal(plain, weights)
    assert all(torch.isfinite(values).all() for values in weights.values())
    assert all(isfinite(value) for row in record.rows for value in row.values())


def test_with_a_coefficient_of_zero_nothing_is_added(kind):
    (plain, record), (weights, other) = run([]), run([build(kind, coefficient=0.0)])
    assert equal(plain, weights)
    assert [row["loss"] for row in record.rows] == [row["loss"] for row in other.rows]


def test_what_it_records_stands_under_its_name(kind):
    _, plain = run([])
    _, record = run([build(kind)])
    for row in record.rows:
        own = row.keys() - plain.rows[0].keys()
        assert all(name.startswith(f"{kind.name}.") for name in own)
    assert build(kind).record() == {}, "nothing has happened yet"


def test_the_seed_decides_everything(kind):
    (one, first), (two, second) = (run([build(kind, seed=3)]) for _ in range(2))
    assert equal(one, two)
    assert first == second


def test_its_streams_are_its_own(kind):
    """Of the seed and of its name: neither another term's nor one that something else draws from."""
    for streams in (
        [other.stream(0).integers(2**62) for other in TERMS.values()],
        [int(torch.randint(2**62, (), generator=other.held_out_stream(0))) for other in TERMS.values()],
    ):
        assert len(set(map(int, streams))) == len(TERMS)
    assert kind.stream(0).integers(2**62) == kind.stream(0).integers(2**62) != kind.stream(1).integers(2**62)


def test_a_super_net_of_the_whole_space_has_the_same_term(kind):
    whole = build(kind)
    same = whole.within(lambda path: True)
    assert type(same) is kind
    assert same.settings == whole.settings
    assert same.generator is whole.generator
    one, two = run([whole]), run([build(kind).within(partial(owns, TOY))])
    assert equal(one[0], two[0])
    assert one[1] == two[1]


def test_parts_of_a_space_are_trained_with_it_or_without(kind):
    part = FewShot(TOY, stream()).divide(lambda: None)[0]
    assert isinstance(build(kind).within(partial(owns, part)), kind | None)
    term, leaves = build(kind), []
    streams = {name: endless(random_batch(8, 2)) for name in ("strategy", kind.name)}
    record = Generations(
        ToySuperNet(),
        Classification(CLASSES),
        FewShot(TOY, stream()),
        [term],
        Optimization(40, batch_size=8),
        endless(random_batch(8, 1)),
        streams,
        on_leaf=lambda supernet, part: leaves.append(part),
    ).run()
    assert len(leaves) == 5
    assert all(isfinite(value) for row in record.rows for value in row.values())


def test_the_compute_that_it_adds_is_finite_and_grows_with_the_steps(kind):
    settings = kind.Settings()
    _, record = run([build(kind)])
    assert settings.always().share_on(0.0, 1.0) == 1.0
    assert 0 <= settings.share_on(0.0, 1.0) <= 1
    few, many = (kind.added_passes(settings.always(), len(LANDMARKS), steps, record.rows) for steps in (STEPS, 1000))
    assert 0 <= few <= many < inf
    assert many == pytest.approx(few * 1000 / STEPS)
    assert kind.added_passes(settings, len(LANDMARKS), STEPS, []) == 0
