"""Which architectures a draw labels, and which are ranked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from small_study import TEXT, small_study

from nasrank.bench.label_studies.draws import draw_labels
from nasrank.bench.label_studies.evaluate import evaluate
from nasrank.bench.label_studies.subject import Subject
from nasrank.bench.label_studies.tasks import Task


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    folder = tmp_path_factory.mktemp("draws")
    return Subject.read("cells", small_study(folder).parts["cells"], folder)


def test_what_is_not_labelled_is_ranked(subject: Subject) -> None:
    draw = draw_labels(subject, "cells", "cifar10", 12, 0)
    assert len(draw.labelled) == 12
    assert sorted([*draw.labelled, *draw.ranked]) == list(range(120))


def test_fewer_labels_are_within_more(subject: Subject) -> None:
    few, many = (draw_labels(subject, "cells", "cifar10", count, 1).labelled for count in (6, 12))
    assert set(few) < set(many)


def test_draws_differ_and_are_the_same_again(subject: Subject) -> None:
    first, second = (draw_labels(subject, "cells", "cifar10", 12, number) for number in (0, 1))
    assert set(first.labelled) != set(second.labelled)
    assert first.unit != second.unit
    np.testing.assert_array_equal(draw_labels(subject, "cells", "cifar10", 12, 0).labelled, first.labelled)


def test_what_has_no_truth_is_neither_labelled_nor_ranked(subject: Subject) -> None:
    values = subject.truths["cifar10"].copy()
    values[::3] = np.nan
    draw = draw_labels(replace(subject, truths={"cifar10": values}), "cells", "cifar10", 12, 0)
    assert len(draw.labelled) + len(draw.ranked) == 80
    assert np.isfinite(values[draw.labelled]).all()
    assert np.isfinite(values[draw.ranked]).all()


def test_more_labels_than_architectures_are_refused(subject: Subject) -> None:
    with pytest.raises(ValueError, match="120 labels of 120 architectures leave none to rank"):
        draw_labels(subject, "cells", "cifar10", 120, 0)


class FewSuperNets:
    """Super-nets of three seeds with four landmarks each, which follow the pool."""

    seeds, pool = (0, 1, 2), 100

    def __init__(self, architectures: list[object]) -> None:
        self.architectures = architectures

    def landmarks(self, seed: int) -> list[object]:
        return self.architectures[100 + 4 * seed : 104 + 4 * seed]


def test_landmarks_come_first_and_none_of_another_seed_is_ranked(subject: Subject) -> None:
    with_nets = replace(subject, supernets=FewSuperNets(list(subject.architectures)))  # type: ignore[arg-type]
    draw = draw_labels(with_nets, "cells", "cifar10", 12, 4)
    assert draw.seed == draw.unit == 1
    assert set(draw.labelled[:4]) == {104, 105, 106, 107}
    assert draw.labelled[4:].max() < 100
    assert set(draw.ranked) | set(draw.labelled[4:]) == set(range(100))
    few = draw_labels(with_nets, "cells", "cifar10", 3, 4)
    assert set(few.labelled) < {104, 105, 106, 107}
    assert len(few.ranked) == 100


def test_architectures_of_known_truth_are_ranked_where_these_are_asked_for(tmp_path):
    """NAS-Bench-101 on digits knows the cells of five vertices and less."""
    before, _, after = TEXT.partition("[parts.cells.truths.cifar10]")
    _, _, rows = after.partition("[rows.ridge]")
    truth = 'oracle = "nb101-digits"\ndataset = "digits"\nsplit = "test_tabulated"\nepochs = 8\nseeds = "mean"\n'
    part = before.replace('space = "nb201"', 'space = "nb101"').replace("cells = 120", 'cells = "known"')
    text = f"{part}[parts.cells.truths.digits]\n{truth}[rows.ridge]{rows}"
    subject = Subject.read("cells", small_study(tmp_path, text).parts["cells"], tmp_path)
    assert len(subject.architectures) == 2532
    assert np.isfinite(subject.truths["digits"]).all()


@pytest.mark.slow
def test_another_truth_ranks_beside_what_labels_of_the_first_are_fitted(tmp_path):
    """What a training seed says of another, on the architectures that a surrogate is judged by."""
    before, _, after = TEXT.partition("[parts.cells.truths.cifar10]")
    _, _, rows = after.partition("[rows.ridge]")
    column = 'oracle = "nb101-digits"\ndataset = "digits"\nsplit = "test_tabulated"\nepochs = 8\n'
    truths = "".join(f"[parts.cells.truths.seed{seed}]\n{column}seeds = {seed}\n" for seed in (0, 1))
    part = before.replace('space = "nb201"', 'space = "nb101"').replace("cells = 120", 'cells = "known"')
    one_seed = '[rows.seed]\nlabel = "one seed"\nfeatures = ["truth:seed0"]\ntruths = ["seed1"]\n'
    study = small_study(tmp_path, f"{part}{truths}{one_seed}[rows.ridge]{rows}")
    assert "seed" in study.rows_of("cells", "seed1", 12, 0)
    assert "seed" not in study.rows_of("cells", "seed0", 12, 0)
    subject = Subject.read("cells", study.parts["cells"], tmp_path)
    task = Task("cells", "seed1", 12, 0)
    found = evaluate(study, task, {"seed": study.rows["seed"]}, tmp_path)["seed"]
    ranked = draw_labels(subject, "cells", "seed1", 12, 0).ranked
    first, second = (subject.truths[f"seed{seed}"][ranked] for seed in (0, 1))
    assert found["failure"] is None
    assert found["metrics"]["tau"] == pytest.approx(stats.kendalltau(first, second).statistic)


def test_one_of_each_class_is_ranked_where_a_table_has_one_result_for_it(tmp_path):
    """Of recurrent cells that are the same network, so that no label tells the truth of what is ranked."""
    before, _, after = TEXT.partition("[parts.cells.truths.cifar10]")
    _, _, rows = after.partition("[rows.ridge]")
    truth = (
        'oracle = "recurrent-ptb"\nmetric = "perplexity"\ndataset = "ptb-characters"\nsplit = "test_tabulated"\n'
        "epochs = 2\nseeds = 0\n"
    )
    found = {}
    for cells in ("known", "classes"):
        part = before.replace('space = "nb201"', 'space = "recurrent"').replace("cells = 120", f'cells = "{cells}"')
        text = f"{part}[parts.cells.truths.ptb]\n{truth}[rows.ridge]{rows}"
        found[cells] = Subject.read("cells", small_study(tmp_path, text).parts["cells"], tmp_path)
    space = found["classes"].space
    assert len(found["known"].architectures) == len(space)
    assert len(found["classes"].architectures) == space.classes
    assert len({space.key(one) for one in found["classes"].architectures}) == space.classes
    values = dict(zip(map(space.key, found["known"].architectures), found["known"].truths["ptb"], strict=True))
    of_class = [values[space.key(one)] for one in found["classes"].architectures]
    assert np.array_equal(of_class, found["classes"].truths["ptb"])
