"""Pictures of what a super-net for segmentation tells, and of paths through a trellis."""

from __future__ import annotations

import re

import invented_pairs
import invented_scenes
import numpy as np
import pytest

from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.imports.formats import own
from nasrank.bench.oracles.imports.library import import_table
from nasrank.bench.reporting.figures import masks, trellis
from nasrank.bench.reporting.figures.style import FAINT
from nasrank.bench.runner.kept_supernets import SuperNetFolder, load_supernet
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space
from nasrank.spaces.deeplab.segmenter import TRELLIS

STUDY = """
title = "Invented scenes"
space = "deeplab"
strategies = ["spos"]
seeds = [0]

[truth]
oracle = "deeplab-to-be-shown"
metric = "mean_iou"
dataset = "invented-scenes"
split = "test_tabulated"
epochs = 1
seeds = 0

[images]
dataset = "invented-scenes"
task = "segmentation"
weights = 100
held_out = 40
scoring = 40

[supernet]
channels = 2

[training]
passes = 8
batch_size = 8

[landmarks]
count = 4

[pool]
size = 20

[analysis]
score = "mean_iou"
"""


@pytest.fixture(scope="module", autouse=True)
def _scenes():
    with pytest.MonkeyPatch.context() as patch:
        invented_scenes.put(patch)
        invented_pairs.put(patch)
        yield


def trained(folder, space_name, dataset, metric, study):
    """The file of a super-net of a study with an invented table."""
    space, name = get_space(space_name), f"{space_name}-to-be-shown"
    positions = np.sort(np.random.default_rng(0).choice(len(space), 30, replace=False))
    provenance = Provenance(space_name, "invented", "0" * 64, "none", "nobody", "none", "nasrank tabulate", 1)
    column = Column(metric, dataset, Split.TEST_TABULATED, 1, 0)
    Table.from_arrays({column: np.linspace(20, 40, 30)}, provenance, positions).write(folder / "table.arrow")
    import_table(folder / "table.arrow", format=own.FORMAT, name=name)
    (folder / "scenes.toml").write_text(study)
    design, truth = resolve(load_study(folder / "scenes.toml"))[:2]
    trial, supernets = Trial("spos-plain", 0), SuperNetFolder(folder / "supernets")
    run_trial(design, trial, design.labels_for(trial, truth), supernets=supernets)
    return supernets.path(trial)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("show"), "deeplab", invented_scenes.NAME, "mean_iou", STUDY)


PATHS = ["0-0-0-0-0-0|skip,conv3,sep3,avg3", "1-2-3-3-2-1|conv3,conv3,conv3,conv3"]


@pytest.mark.slow
def test_it_draws_masks_and_paths(kept, command, tmp_path):
    code, _, errors = command("show", kept, *PATHS, "--out", tmp_path / "pictures", "--images", "3")
    assert code == 0, errors
    drawn = (tmp_path / "pictures" / "masks.svg").read_text()
    assert drawn.count("<image") == 3 * (2 + len(PATHS))
    assert all(text in drawn for text in (*"|".join(PATHS).split("|"), "truth", "3 of 40 images"))
    shown = re.findall(r"all of them: ([\d.]+) %, ([\d.]+) %", drawn)[0]
    scores = load_supernet(kept).score([get_space("deeplab").parse(text) for text in PATHS])["mean_iou"]
    assert [float(one) for one in shown] == pytest.approx((100 * scores).round(1).tolist(), abs=0.11)
    paths = (tmp_path / "pictures" / "trellis-path.svg").read_text()
    assert "233 paths" in paths
    assert all(text in paths for text in PATHS)


@pytest.mark.slow
def test_it_draws_disparities_and_the_paths_of_both_nets(command, tmp_path):
    study = STUDY
    for one, other in {
        'score = "mean_iou"': 'score = "negative_end_point_error"',
        "mean_iou": "end_point_error",
        "deeplab": "stereo",
        invented_scenes.NAME: invented_pairs.NAME,
        "segmentation": "stereo",
    }.items():
        study = study.replace(one, other)
    file = trained(tmp_path, "stereo", invented_pairs.NAME, "end_point_error", study)
    paths = [
        "0-1-0|conv3,skip,skip,conv3/1-1-2-1|conv3,skip,conv3,conv3",
        "1-1-1|skip,skip,skip,conv3/0-0-0-0|skip,skip,skip,conv3",
    ]
    code, _, errors = command("show", file, *paths, "--out", tmp_path / "pictures", "--images", "2")
    assert code == 0, errors
    drawn = (tmp_path / "pictures" / "disparities.svg").read_text()
    assert drawn.count("<image") == 2 * (2 + len(paths))
    shown = re.findall(r"over all of them: ([\d.]+), ([\d.]+) pixels", drawn)[0]
    scores = load_supernet(file).score([get_space("stereo").parse(text) for text in paths])
    assert [float(one) for one in shown] == pytest.approx((-scores["negative_end_point_error"]).tolist(), abs=0.011)
    for net, count in (("feature", 8), ("matching", 29)):
        assert f"{count} paths" in (tmp_path / "pictures" / f"trellis-{net}.svg").read_text()


@pytest.mark.slow
def test_what_is_told_is_what_is_scored(kept):
    opened = load_supernet(kept)
    told = opened.told(PATHS[1])
    assert told.inputs.shape == (40, 3, 8, 8)
    assert told.outputs.shape == (40, 4, 8, 8)
    found = told.task.scores(told.task.statistics(told.outputs, told.targets))
    scores = opened.score([get_space("deeplab").parse(PATHS[1])])
    assert found["mean_iou"] == pytest.approx(scores["mean_iou"][0], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architectures", "words"),
    [
        (["0-0"], "is no architecture such as"),
        ([PATHS[0]] * 2, f"{PATHS[0]} is named twice"),
        ([f"0-0-0-0-0-0|{one},skip,skip,skip" for one in ("skip", "conv3", "sep3", "dil3", "avg3")] + PATHS, "not 7"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_line(architectures, words, kept, command, tmp_path):
    code, _, errors = command("show", kept, *architectures, "--out", tmp_path / "pictures")
    assert code == 2
    assert words in errors
    assert not (tmp_path / "pictures").exists()


def test_masks_have_a_colour_for_each_class_and_none_for_what_has_none():
    truth = np.array([[[0, 1], [2, -1]]])
    coloured = masks._coloured(truth[0])
    assert coloured.shape == (2, 2, 3)
    assert coloured[1, 1].tolist() == [1, 1, 1]
    assert len({tuple(one) for one in coloured.reshape(-1, 3)}) == 4


def test_the_trellis_shows_every_move():
    drawn = trellis.draw(TRELLIS, {"one": (0, 1, 2, 3, 3, 2)}, "Paths")
    assert len(re.findall(rf"fill: none; stroke: {FAINT}", drawn)) == 5 + 8 + 3 * 10
    assert "one: 0-1-2-3-3-2" in drawn
