"""The study of NAS-Bench-101 on digits, whose truth was made from the same data set."""

from __future__ import annotations

import numpy as np

from nasrank.bench.data import load_dataset, stratified_pair, stratified_split
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.oracles import open_oracle
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.studies.study_file import find_study, load_study
from nasrank.bench.tabulation.settings import COMMON_SEED


def test_super_nets_see_none_of_the_images_that_the_truth_was_measured_on():
    study = load_study(find_study("nb101"))
    labels = load_dataset("digits").labels
    protocol = open_oracle("nb101-digits").provenance.protocol
    assert "899 to train and 898 others to test" in protocol
    _, test = stratified_pair(labels, generator(COMMON_SEED, Purpose.SPLITS), training=899, test=898)
    images = study.images
    split = stratified_split(
        labels,
        generator(study.common_seed, Purpose.SPLITS),
        weights=images.weights,
        held_out=images.held_out,
        scoring=images.scoring,
    )
    for part in (split.weights, split.held_out, split.scoring):
        assert not np.isin(part, test).any()


def test_its_truth_covers_every_cell_with_at_most_five_vertices():
    _, truth, _ = resolve(load_study(find_study("nb101")))
    assert len(truth.known) == 1 + 6 + 84 + 2441
