"""The truth of a study: which column, of which architectures, and of which table."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from nasrank.bench.oracles import Column, Split, Table
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.truth import open_truth, reopen_truth, seeds_of_truth, truth_of
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study
from nasrank.spaces import get_space

SPACE = get_space("nb201")


def changed(design, **changes):
    """The design with some keys of its study changed, given as `section__key` or `key`."""
    content = design.study.model_dump(mode="json")
    for name, value in changes.items():
        *section, key = name.split("__")
        (content[section[0]] if section else content)[key] = value
    return replace(design, study=Study.model_validate(content))


class TestTruthOfPartOfTheSpace:
    """A table of 400 cells, every fourth of them without the value; the loss of one diverged."""

    HELD = np.arange(7, len(SPACE), 39)[:400]
    KNOWN = np.delete(HELD, np.s_[::4])

    @pytest.fixture
    def table(self, design, monkeypatch):
        accuracy = np.where(np.arange(400) % 4 == 0, np.nan, 100 * np.arange(400) / 400)
        loss = np.where(np.isnan(accuracy), np.nan, 3 - accuracy / 50)
        loss[5] = np.inf
        axes = ("cifar10", Split.TEST_50K_AUGMENTED, 200, "one_run")
        table = Table.from_arrays(
            {Column("accuracy", *axes): accuracy, Column("loss", *axes): loss},
            open_truth(design.study).provenance,
            keys=self.HELD,
        )
        monkeypatch.setattr("nasrank.bench.runner.truth.open_oracle", lambda *_, **__: table)
        return table

    def test_what_the_table_does_not_have_is_nan(self, design, table):
        truth = truth_of(design.study, table)
        assert len(truth) == len(truth.values) == len(SPACE)
        assert truth.known.tolist() == self.KNOWN.tolist()
        assert truth.of([SPACE.at(self.HELD[1])]) == 0.25
        assert (np.diff(truth.values[self.KNOWN]) > 0).all()

    def test_of_the_loss_it_is_the_negative_and_a_diverged_one_is_left_out(self, design, table):
        truth = truth_of(changed(design, truth__metric="loss").study, table)
        assert truth.of([SPACE.at(self.HELD[1])]) == pytest.approx(-2.995)
        known = truth.values[self.KNOWN]
        assert (np.diff(known[np.isfinite(known)]) > 0).all(), "higher is better"
        assert np.isnan(truth.of([SPACE.at(self.HELD[5])])).all()
        assert not np.isinf(truth.values).any()

    @pytest.mark.parametrize("choice", ["random", "even"])
    @pytest.mark.usefixtures("table")
    def test_pool_and_landmarks_are_drawn_from_what_is_known(self, design, choice):
        study = changed(design, pool__size=200, landmarks__count=20, landmarks__choice=choice).study
        drawn, truth, _ = resolve(study)
        everything = {*drawn.pool, *(one for marks in drawn.landmarks.values() for one in marks)}
        assert {SPACE.position(one) for one in everything} <= set(self.KNOWN.tolist())
        assert len(set(drawn.pool)) == 200
        assert all(len(set(marks)) == 20 for marks in drawn.landmarks.values())
        assert np.isfinite(truth.of(drawn.pool)).all()

    @pytest.mark.usefixtures("table")
    def test_a_study_that_needs_more_than_is_known_is_refused(self, design):
        message = (
            r"analog-nasbench has this truth of 300 of the 15,625 architectures of nb201, too few for a pool of 291 and"
            r" 2 seeds of 5 landmarks"
        )
        with pytest.raises(ValueError, match=message):
            resolve(changed(design, pool__size=291).study)


class TestSeedsOfTheTruth:
    """A table of the mean and of seeds 3 and 7; the whole space has seed 3, half of it seed 7."""

    AXES = ("cifar10", Split.TEST_50K_AUGMENTED, 200)

    @pytest.fixture
    def table(self, design):
        one = np.linspace(10, 90, len(SPACE))
        other = np.where(np.arange(len(SPACE)) % 2 == 0, np.nan, one + 1)
        columns = {Column("accuracy", *self.AXES, seed): values for seed, values in ((3, one), (7, other))}
        return Table.from_arrays(columns, open_truth(design.study).provenance)

    def test_they_are_what_a_mean_is_of(self, design, table):
        study = changed(design, truth__seeds="mean").study
        seeds = seeds_of_truth(study, table)
        values = np.stack([seed.values for seed in seeds])
        assert values.shape == (2, len(SPACE))
        assert np.isnan(values[1]).sum() == -(-len(SPACE) // 2)
        np.testing.assert_allclose(np.nanmean(values, axis=0), truth_of(study, table).values)

    def test_a_single_seed_is_no_mean(self, design, table):
        assert seeds_of_truth(changed(design, truth__seeds=3).study, table) is None

    def test_nor_is_a_mean_whose_seeds_the_table_lacks(self, design):
        study = changed(design, truth__seeds="mean").study
        column = Column("accuracy", *self.AXES, "mean")
        table = Table.from_arrays({column: np.linspace(10, 90, len(SPACE))}, open_truth(design.study).provenance)
        assert seeds_of_truth(study, table) is None


class TestTruthOfAContainedSpace:
    """A study on cells with activations, whose table knows those of NAS-Bench-201."""

    LARGER = get_space("nb201-activations")

    @pytest.fixture
    def study(self, design):
        return changed(design, space="nb201-activations").study

    def test_it_is_known_of_the_contained_architectures_alone(self, design, study):
        table = open_truth(study)
        truth, known = truth_of(study, table), truth_of(design.study, table)
        assert truth.space is self.LARGER
        assert len(truth) == len(self.LARGER)
        assert len(truth.known) == len(SPACE)
        for position in range(0, len(SPACE), 700):
            cell = self.LARGER.parse(str(SPACE.at(position)))
            assert truth.of([cell]) == known.values[position]

    def test_every_seed_of_it_too(self, study):
        axes = TestSeedsOfTheTruth.AXES
        values = np.linspace(10, 90, len(SPACE))
        columns = {Column("accuracy", *axes, seed): values + seed for seed in (3, 7)}
        table = Table.from_arrays(columns, open_truth(study).provenance)
        mean = study.model_copy(update={"truth": study.truth.model_copy(update={"seeds": "mean"})})
        seeds = np.stack([seed.values for seed in seeds_of_truth(mean, table)])
        assert seeds.shape == (2, len(self.LARGER))
        assert np.nanmin(seeds[1] - seeds[0]) == pytest.approx(4) == pytest.approx(np.nanmax(seeds[1] - seeds[0]))

    def test_pool_and_landmarks_are_contained_architectures(self, study):
        drawn, truth, _ = resolve(study)
        everything = [*drawn.pool, *(one for marks in drawn.landmarks.values() for one in marks)]
        assert np.isfinite(truth.of(everything)).all()
        assert not any(any(one.activations) for one in everything)

    def test_the_contained_space_does_not_take_the_larger_ones_truth(self, design, monkeypatch):
        larger = replace(open_truth(design.study).provenance, space="nb201-activations")
        monkeypatch.setattr(
            "nasrank.bench.runner.truth.open_oracle", lambda *_, **__: SimpleNamespace(provenance=larger)
        )
        with pytest.raises(ValueError, match="the study is about nb201, but analog-nasbench holds nb201-activations"):
            open_truth(design.study)


@pytest.mark.slow
@pytest.mark.data
def test_the_pool_of_nas_bench_101_has_measured_means(nasrank_data):
    """16,590 cells have one; the order of the table's rows is that of the space's positions."""
    space, study = get_space("nb101"), load_study(find_study("nb101-cifar10"), "nas-bench-101-extract")
    table = open_truth(study, nasrank_data)
    truth = truth_of(study, table)
    assert len(truth.known) == 16_590
    drawn, again, _ = resolve(study, nasrank_data)
    np.testing.assert_array_equal(truth.values, again.values)
    for architecture in drawn.pool[:20]:
        text = space.key(architecture)
        asked = table.accuracy([text], dataset="cifar10", split=Split.TEST_40K, epochs=108, seeds="mean")
        assert asked == truth.of([architecture])
    assert seeds_of_truth(study, table) is None


def test_an_oracle_of_another_space_is_refused(design, monkeypatch):
    foreign = replace(open_truth(design.study).provenance, space="nb101")
    monkeypatch.setattr("nasrank.bench.runner.truth.open_oracle", lambda *_, **__: SimpleNamespace(provenance=foreign))
    with pytest.raises(ValueError, match="the study is about nb201, but analog-nasbench holds nb101"):
        open_truth(design.study)


def test_stored_results_are_not_read_against_another_table_of_the_same_name(design):
    assert reopen_truth(design).provenance.sha256 == design.truth["sha256"]
    other = replace(design, truth={**design.truth, "sha256": "0" * 64})
    with pytest.raises(ValueError, match=r"drawn from the table analog-nasbench with sha256 0{16}\.\.\., but .* now"):
        reopen_truth(other)
