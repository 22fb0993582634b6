"""Tables of networks that learn from text, and of one network for each isomorphism class."""

from __future__ import annotations

import math
from dataclasses import replace

import invented_text
import pytest
import torch
import torch.nn.functional as F

from nasrank.bench.execution.here import Here
from nasrank.bench.oracles import Column, Split
from nasrank.bench.tabulation.execute import estimate_seconds, pending, train_pending
from nasrank.bench.tabulation.metrics import metrics_of
from nasrank.bench.tabulation.network import network_of
from nasrank.bench.tabulation.selection import Selection
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.bench.tabulation.standalone import prepare, run_alone
from nasrank.bench.tabulation.store import Networks
from nasrank.bench.tabulation.table import costs_of, tabulated
from nasrank.bench.tasks.language import Language
from nasrank.spaces import get_enumerated


@pytest.fixture(scope="module", autouse=True)
def _text():
    with pytest.MonkeyPatch.context() as patch:
        invented_text.put(patch)
        yield


@pytest.fixture(scope="module")
def training(_text):
    return StandaloneTraining(
        space="recurrent",
        data=invented_text.NAME,
        epochs=2,
        training_images=100,
        test_images=50,
        padding=0,
        noise=0.0,
        network=network_of("recurrent", {"width": 4}),
        batch_size=20,
        learning_rate=1.0,
    )


def test_a_run_has_perplexities_and_losses_that_belong_together(training):
    cell = get_enumerated("recurrent").at(17)
    run = run_alone(training, cell, 0)
    assert list(run.curves) == ["perplexity", "loss"]
    for perplexity, loss in zip(run.curves["perplexity"], run.curves["loss"], strict=True):
        assert perplexity == pytest.approx(math.exp(loss))
    assert 1 < run.curves["perplexity"][-1] < invented_text.TOKENS


def test_windows_are_measured_once_and_as_they_are(training):
    """What an untrained network ends with, at a rate of next to nothing, by hand."""
    prepared = prepare(training)
    assert len(prepared.test[0]) == training.test_images == 50
    run = run_alone(replace(training, learning_rate=1e-30, weight_decay=0.0), get_enumerated("recurrent").at(0), 3)
    from nasrank.bench.foundation.seeds import Purpose, torch_seed

    torch.manual_seed(torch_seed(3, Purpose.INITIAL_WEIGHTS))
    network = get_enumerated("recurrent").network(get_enumerated("recurrent").at(0), width=4, tokens=5)
    with torch.no_grad():
        outputs = network(prepared.test[0])
    expected = F.cross_entropy(outputs.flatten(0, 1), prepared.test[1].flatten())
    assert run.curves["loss"][-1] == pytest.approx(float(expected), rel=1e-5)


def test_a_guess_at_how_long_it_takes_probes_whole_blocks(training):
    """Cases of this suite: twelve steps of a batch are no whole number of blocks of windows, which no split cuts."""
    odd = replace(training, batch_size=32)
    assert estimate_seconds(odd, [(get_enumerated("recurrent").at(0), (0, 1))]) > 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"padding": 1}, "shifts images; invented-text has none"),
        ({"noise": 0.5}, "is added to images; invented-text has none"),
        ({"data": "digits"}, "networks of recurrent take text, and digits is images"),
        ({"space": "nb201", "network": network_of("nb201", {"channels": 2})}, "nb201 take images, and .* is text"),
    ],
)
def test_what_is_about_images_is_refused(training, changes, words):
    with pytest.raises(ValueError, match=words):
        replace(training, **changes)


def test_numbers_are_told_with_their_name():
    perplexity, loss = metrics_of(Language)
    assert (perplexity.label, perplexity.unit, perplexity.written(6.5432)) == ("Perplexity", "", "6.543")
    assert (loss.label, loss.unit) == ("Loss", " nats")
    assert not perplexity.can_be(0.5)


class TestOneOfEachClass:
    """Those with one tree have one network's numbers."""

    @pytest.fixture(scope="class")
    def made(self, training, tmp_path_factory):
        space, selection = get_enumerated("recurrent"), Selection(3, None, 1, classes=True)
        chosen = selection.architectures("recurrent")
        store = Networks(tmp_path_factory.mktemp("classes"), training)
        train_pending(training, pending(store, chosen, 1), store, Here())
        return space, chosen, store, tabulated(training, selection, chosen, costs_of(training, chosen), store)

    @pytest.mark.slow
    def test_all_of_their_classes_are_there(self, made):
        space, chosen, store, table = made
        keys = {space.key(one): store.runs[str(one), 0].curves["perplexity"][-1] for one in chosen}
        assert len(keys) == len(chosen) == len(store.runs) == 3
        expected = {str(one): keys[space.key(one)] for one in space if space.key(one) in keys}
        rows = [table.rows.architecture(row) for row in range(len(table.rows))]
        found = table.whole(Column("perplexity", "invented-text", Split.TEST_TABULATED, 2, 0))
        assert dict(zip(map(str, rows), found.tolist(), strict=True)) == expected
        assert len(rows) > 3

    @pytest.mark.slow
    def test_the_protocol_counts_what_was_trained(self, made):
        words = made[-1].provenance.protocol
        assert "1 seed(s) of 3 architectures, one of each isomorphism class, whose numbers are those of all" in words
        assert "Windows: invented-text (squares; sha256" in words
        assert "accuracy" not in words.lower()

    @pytest.mark.slow
    def test_a_longer_table_begins_with_the_same(self):
        more = Selection(5, None, 1, classes=True).architectures("recurrent")
        assert more[:3] == Selection(3, None, 1, classes=True).architectures("recurrent")
        every = Selection(None, None, 1, classes=True).architectures("recurrent")
        assert len({get_enumerated("recurrent").key(one) for one in every}) == len(every) == 1_499

    @pytest.mark.parametrize("other", [{"stratified": True}, {"only": ("node 1=tanh(0)",)}], ids=str)
    def test_they_are_not_drawn_in_another_way_as_well(self, other):
        with pytest.raises(ValueError, match="one of each class is drawn from all"):
            Selection(3, None, 1, classes=True, **other)
