"""The studies at paper scale: what is known of the papers' settings stands in them, and their headers say the rest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nasrank.bench.runner.arms import rows_of
from nasrank.bench.studies.kinds import paper_files, study_name
from nasrank.bench.studies.shipped import Shipped
from nasrank.bench.studies.study_file import find_study, load_study

FILES = paper_files()
STUDIES = {path.stem: load_study(path) for path in FILES}
ROWS = {name: rows_of(study) for name, study in STUDIES.items()}

# Epochs, warm-up epochs of the term (None where the paper has no term), learning rate at the start and at the end,
# weight decay, batch, channels, cells a stage. Read in the code that the header of each file names.
SETTINGS = {
    # nas-landmarkreg, bash/exps/validate-landmarkloss.sh, nao.sh, pcdarts.sh and gdas.sh
    ("landmark-nb201", "spos"): (400, 150, 0.025, 0.001, 5e-4, 256, 16, 5),
    ("landmark-nb201", "nao-400"): (400, 100, 0.025, 0.001, 5e-4, 256, 16, 5),
    ("landmark-nb201", "pc-darts-400"): (400, 150, 0.025, 0.001, 5e-4, 256, 16, 5),
    ("landmark-nb201", "gdas-400"): (400, 100, 0.025, 0.001, 5e-4, 256, 36, 5),
    ("landmark-nb101", "spos"): (200, 100, 0.025, 0.001, 1e-4, 128, 64, 3),
    ("landmark-nb101", "nao-400"): (400, 150, 0.025, 0.001, 1e-4, 128, 64, 3),
    ("landmark-nb101", "pc-darts-250"): (250, 15, 0.025, 0.001, 1e-4, 256, 128, 3),
    ("landmark-nb101", "gdas-410"): (410, 250, 0.025, 0.001, 1e-4, 256, 128, 3),
    # nas-landmarkreg, nasws/cnn/policy/cnn_search_configs.py
    ("heuristics", "spos"): (151, None, 0.025, 0.001, 3e-4, 64, 16, 3),
    # RLNAS, nas_bench_201/scripts-search/algos/train_supernet.sh
    ("rlnas", "spos"): (250, None, 0.025, 0.001, 5e-4, 64, 16, 5),
    ("rlnas", "rlnas"): (250, None, 0.025, 0.001, 5e-4, 64, 16, 5),
    # few-shot-NAS, configs/nas-benchmark/algos/ONE-SHOT-SUPERNET.config; 600 + 5 * 300
    ("few-shot", "spos"): (600, None, 0.025, 0.001, 1e-4, 48, 16, 5),
    ("few-shot", "five"): (2100, None, 0.025, 0.001, 1e-4, 48, 16, 5),
    # GM-NAS, WS-GM/nasbench201, GM+RSPS; 20 + 2 * 20 + 4 * 50
    ("gm-nas", "four"): (260, None, 0.025, 0.001, 1e-4, 48, 16, 5),
    # AutoDL-Projects, configs/nas-benchmark/algos
    ("nb201-weight-sharing", "spos"): (250, None, 0.025, 0.001, 5e-4, 64, 16, 5),
    ("nb201-weight-sharing", "darts-v1"): (50, None, 0.025, 0.001, 5e-4, 64, 16, 5),
    ("nb201-weight-sharing", "darts-v2"): (50, None, 0.025, 0.001, 5e-4, 64, 16, 5),
    ("nb201-weight-sharing", "gdas-250"): (250, None, 0.025, 0.001, 5e-4, 64, 16, 5),
    ("nb201-weight-sharing", "enas-250"): (250, None, 0.05, 0.0005, 2.5e-4, 128, 16, 5),
}
NESTEROV = {"rlnas", "few-shot", "nb201-weight-sharing", "gm-nas"}
UNCLIPPED = {"rlnas", "few-shot"}
AFFINE = {"landmark-nb201", "landmark-nb101", "heuristics"}


def row_of(study: str, name: str):
    return ROWS[study][name].study


def passes_a_step(study: str, name: str) -> int:
    """As the strategies say in their files: one that updates something of its own takes at least two."""
    strategy, space = row_of(study, name).strategies[0], STUDIES[study].space
    mixture = {"nb201": 5, "nb101": 6}[space]  # passes that all options at once are charged for
    return {"darts": 2 * mixture, "pc_darts": 2 * mixture, "darts2": 5 * mixture, "nao": 2, "gdas": 2, "enas": 2}.get(
        strategy, 1
    )


def test_there_is_one_of_every_paper():
    assert set(STUDIES) == {study for study, _ in SETTINGS}


@pytest.mark.parametrize(("study", "name"), SETTINGS, ids=["-".join(row) for row in SETTINGS])
def test_the_known_settings_are_in_it(study, name):
    epochs, warm_up, rate, last, decay, batch, channels, cells = SETTINGS[study, name]
    found = row_of(study, name)
    training, supernet = found.training, found.supernet
    assert (training.learning_rate, training.final_learning_rate, training.weight_decay) == (rate, last, decay)
    assert (training.batch_size, supernet.channels, supernet.cells_per_stage) == (batch, channels, cells)
    assert training.passes == epochs * (found.images.weights_used // batch) * passes_a_step(study, name)
    assert (training.optimizer, training.momentum, training.warm_up) == ("sgd", 0.9, 0)
    assert training.nesterov == (study in NESTEROV)
    assert (training.clip == 5) == (study not in UNCLIPPED)
    assert training.clip in (5, 1e9), "as good as none"
    assert supernet.affine == (study in AFFINE)
    assert found.images.dataset == "cifar10"
    (term,) = found.terms
    if warm_up is not None:
        assert term.settings.warm_up * epochs == pytest.approx(warm_up, abs=1e-4)


@pytest.mark.parametrize("study", ["landmark-nb201", "landmark-nb101"])
def test_landmarks_guide_as_in_their_authors_code(study):
    for name in ROWS[study]:
        (term,) = row_of(study, name).terms
        settings = term.settings
        assert (settings.loss, settings.coefficient, settings.schedule) == ("hinge", 10, "cosine_increase")
        assert (settings.pairs_per_step, settings.pair_sampling, settings.horizon) == (1, "official", "all_epochs")
        assert row_of(study, name).landmarks.count == (50 if name == "spos" else 30)
    assert STUDIES[study].pool.size == 200


@pytest.mark.parametrize(
    ("study", "name", "last"),
    [
        ("landmark-nb101", "spos", 5.00),
        ("landmark-nb101", "nao-400", 6.91),
        ("landmark-nb201", "spos", 6.91),
        ("landmark-nb201", "gdas-400", 8.54),
    ],
)
def test_the_coefficient_ends_where_theirs_does(study, name, last):
    """Cases: computed from landmark_procedures.py:269-328."""
    (term,) = row_of(study, name).terms
    assert 10 * term.settings.course.factor(1.0) == pytest.approx(last, abs=0.005)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_arithmetic_of_its_passes_is_said_and_right(path: Path):
    """Beside every number of passes: epochs, full batches of the weights part, and what a step spends."""
    text = path.read_text(encoding="utf-8")
    said = re.findall(r"# (\d+) epochs x (\d+) batches x (\d+) pass", text)
    assert len(said) == len(re.findall(r"^[^#\n]*\bpasses = ", text, flags=re.MULTILINE))
    known = {
        (found.training.passes, found.images.weights_used // found.training.batch_size, passes_a_step(path.stem, name))
        for name in ROWS[path.stem]
        for found in [row_of(path.stem, name)]
    }
    for epochs, batches, each in (map(int, one) for one in said):
        assert (epochs * batches * each, batches, each) in known


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_header_says_what_is_matched_and_what_it_costs(path: Path):
    one = Shipped.read(path)
    assert one.name == study_name(path) == f"paper/{path.stem}"
    assert find_study(one.name) == path
    for words in ("Read in the official code", "Not known:", "Not the same here.", "no GPU", "nasrank fetch"):
        assert words in one.about
    assert f"nasrank run {one.name} --dry-run" in one.about
    assert int(one.costs.split()[0].replace(",", "")) > 100
    assert not one.lasts, "nobody has waited for it"


def test_the_page_about_them_names_each():
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "paper-scale.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(paper/[\w-]+)`", page, flags=re.MULTILINE)) == set(map(study_name, FILES))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_and_its_quick_form_give_every_super_net_a_step(path: Path):
    for rows in (ROWS[path.stem], rows_of(STUDIES[path.stem].quick())):
        for row in rows.values():
            if row.strategy.name == "nao":  # which lists the whole space first, and needs no more than a step
                assert row.study.training.passes >= row.strategy.passes_per_step
            else:
                row.before.refuse_too_short()
