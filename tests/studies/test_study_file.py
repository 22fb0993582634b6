"""A mistake in a study file is reported with the file, the line and the key, and says what would be right."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Literal

import pytest

from nasrank.bench.studies.kinds import files_of, study_name
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import STUDIES, find_study, load_study
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import SPACES
from nasrank.spaces.options import StagedSuperNetOptions

AT_ITS_KEY = [
    ("channels = 2", "chanels = 2", "supernet.chanels: unknown key"),
    ("[pool]", "[pools]", "pools: unknown key"),
    ("seeds = [0, 1]", "seed = 1", "seed: unknown key"),
    ("passes = 12", 'passes = "12"', "training.passes: .*valid integer"),
    ("passes = 12", "passes = 1.5", "training.passes: .*valid integer"),
    ("passes = 12", "passes = 1979-05-27", "training.passes: .*valid integer"),
    ("channels = 2", "channels = true", "supernet.channels: .*valid integer"),
    ("channels = 2", "channels = 0", "supernet.channels: .*greater than or equal to 1"),
    ("warm_up = 0.2", "coefficient = nan", "terms.coefficient: .*finite number"),
    ("warm_up = 0.2", "coefficient = -inf", "terms.coefficient: .*finite number"),
    ("warm_up = 0.2", "warm_up = 1.0", "terms.warm_up: .*less than 1"),
    ("warm_up = 0.2", 'loss = "hing"', "terms.loss: .*'hinge'"),
    ("warm_up = 0.2", 'schedule = "cosine"', "terms.schedule: .*'cosine_increase'"),
    ('name = "landmark"', 'name = "landmarks"', "terms.name: unknown term 'landmarks'; known are .*landmark"),
    ("warm_up = 0.2", "warmup = 0.2", "terms.warmup: unknown key"),
    ("warm_up = 0.2", "warm_up = true", "terms.warm_up: .*valid number"),
    ("warm_up = 0.2", "pairs_per_step = 1.5", "terms.pairs_per_step: .*valid integer"),
    ("count = 5", 'count = 5\norder = "rising"', "landmarks.order: .*'truth' or 'random'"),
    ("count = 5", "count = 1", "landmarks.count: .*greater than or equal to 2"),
    ('"gdas"', '"enos"', "strategies: unknown strategy 'enos'; known are darts"),
    ('"gdas"', '"spos"', "strategies: a strategy is listed twice"),
    ('"spos", "gdas"', "", "strategies: .*at least 1"),
    ("seeds = [0, 1]", "seeds = [1, 1]", "seeds: seeds must be different"),
    ("seeds = [0, 1]", "seeds = [0, -1]", "seeds: .*not negative"),
    ("seeds = [0, 1]", 'seeds = [0, "1"]', "seeds: .*valid integer"),
    ('"nb201"', '"nb999"', "space: unknown search space 'nb999'; known are .*nb201"),
    ('"analog-nasbench"', '"nothing"', "truth.oracle: unknown oracle 'nothing'; known are analog-nasbench"),
    (
        "epochs = 200",
        'epochs = 200\nmetric = "error"',
        "truth.metric: unknown metric of networks 'error'; known are accuracy, .*mean_iou",
    ),
    ("channels = 2", 'channels = 2\nchannel_sharing = "fixed_chunk"', "supernet.channel_sharing: unknown key"),
    ("test_50k_augmented", "tset", "truth.split: .*'test_50k'"),
    ('"digits"', '"mnist"', "images.dataset: unknown data set 'mnist'; known are .*digits"),
    ('"digits"', '"digits"\ntask = "depth"', "images.task: unknown task 'depth'; known are classification"),
]
AT_ITS_SECTION = [
    ("size = 20\n", "", "[pool]", "pool.size: this key is missing"),
    ("count = 5", "count = 15626", "[landmarks]", "landmarks: count = 15626, but nb201 has 15625 architectures"),
    ("size = 20", "size = 15620", "[pool]", "pool: size = 15620 and 2 seeds of 5 landmarks do not fit"),
    ("curve = 3", "curve = 21", "[pool]", "pool: curve = 21 is more than the pool's size of 20"),
    (
        "batch_size = 16",
        "batch_size = 33",
        "[training]",
        "training: batch_size = 33 is more than the 32 of images.held",
    ),
    ("[pool]", '[analysis]\nscore = "acc"\n[pool]', "[analysis]", "analysis: unknown score 'acc'; known are accuracy"),
]


@pytest.fixture
def mistaken(study_text, tmp_path):
    """The tiny study with one text replaced by another, and the message about it."""

    def load(old, new):
        assert study_text.count(old) == 1
        text, path = study_text.replace(old, new), tmp_path / "wrong.toml"
        path.write_text(text)
        with pytest.raises(ValueError, match=r"wrong\.toml") as caught:
            load_study(path)
        return text, str(caught.value).replace(str(path), "FILE")

    return load


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(("old", "new", "message"), AT_ITS_KEY)
def test_a_wrong_value_is_reported_with_its_line_and_key(mistaken, old, new, message):
    text, found = mistaken(old, new)
    line = line_of(text, new or "strategies") + new.count("\n")
    assert re.search(f"^FILE, line {line}: {message}", found, re.MULTILINE), found


@pytest.mark.parametrize(("old", "new", "section", "message"), AT_ITS_SECTION)
def test_a_wrong_section_is_reported_with_the_line_of_its_header(mistaken, old, new, section, message):
    text, found = mistaken(old, new)
    assert found.startswith(f"FILE, line {line_of(text, section)}: {message}"), found


def test_every_mistake_is_reported_at_once(mistaken):
    _, found = mistaken("channels = 2", 'channels = "two"\ncells = 1')
    assert len(found.splitlines()) == 2


def test_a_missing_section_is_named(study_text, tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(study_text[: study_text.index("[landmarks]")] + study_text[study_text.index("[pool]") :])
    with pytest.raises(ValueError, match=r"wrong\.toml: landmarks: this key is missing"):
        load_study(path)


def test_a_file_that_is_not_toml_is_reported_with_its_line(mistaken):
    text, found = mistaken("[pool]", "[pool")
    assert found.startswith("FILE: ")
    assert f"at line {line_of(text, '[pool')}" in found


def test_sections_become_the_settings_that_training_takes(study_file):
    study = load_study(study_file)
    assert study.training.optimization() == Optimization(passes=12, batch_size=16)
    (term,) = study.terms
    assert (term.kind, term.settings) == (LandmarkTerm, LandmarkTerm.Settings(warm_up=0.2))


def test_the_truth_can_be_taken_from_another_table(study_file):
    assert load_study(study_file, oracle="nats-bench-extract").truth.oracle == "nats-bench-extract"
    assert load_study(find_study("nb101")).truth.coverage == "all with at most five vertices"
    assert load_study(find_study("nb101"), oracle="nats-bench-extract").truth.coverage == "", "of another table"
    with pytest.raises(ValueError, match=r"truth\.oracle: unknown oracle 'mine'; known are analog-nasbench"):
        load_study(study_file, oracle="mine")


class WithSharing(StagedSuperNetOptions):
    sharing: Literal["all", "none"] = "all"


class TestOptionsOfTheSpacesSuperNet:
    """On a space whose super-net can be built in two ways."""

    @pytest.fixture(autouse=True)
    def _space_with_a_choice(self, monkeypatch):
        monkeypatch.setattr(type(SPACES["nb201"]), "options", WithSharing)

    def load(self, study_text, tmp_path, line):
        path = tmp_path / "mine.toml"
        path.write_text(study_text.replace("channels = 2", f"channels = 2\n{line}"))
        return load_study(path)

    def test_they_are_keys_of_the_section(self, study_text, tmp_path):
        study = self.load(study_text, tmp_path, 'sharing = "none"')
        assert study.supernet.arguments["sharing"] == "none"
        assert study.model_dump(mode="json")["supernet"]["sharing"] == "none"
        assert Study.model_validate(json.loads(study.model_dump_json())) == study
        assert pickle.loads(pickle.dumps(study)) == study, "workers get it"

    def test_they_may_be_left_out(self, study_file):
        """And are written only where they were stated, so that stored results keep their fingerprint."""
        study = load_study(study_file)
        assert study.supernet.arguments["sharing"] == "all"
        assert "sharing" not in study.model_dump(mode="json")["supernet"]
        assert "sharing" not in json.loads(study.model_dump_json())["supernet"]

    def test_the_first_choice_is_written_where_it_was_stated(self, study_text, tmp_path):
        stated = self.load(study_text, tmp_path, 'sharing = "all"')
        assert stated.model_dump(mode="json")["supernet"]["sharing"] == "all"
        assert Study.model_validate(json.loads(stated.model_dump_json())).model_dump() == stated.model_dump()

    def test_variants_may_change_them(self, study_text, tmp_path):
        path, more = tmp_path / "mine.toml", '[variants.mine]\nstrategy = "spos"\nlabel = "mine"\n'
        path.write_text(f'{study_text}\n{more}supernet = {{ sharing = "none" }}\n')
        assert load_study(path).varied(load_study(path).variants["mine"]).supernet.arguments["sharing"] == "none"

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('sharing = "some"', "supernet.sharing: .*'all' or 'none'"),
            ("sharing = 1", "supernet.sharing: .*'all' or 'none'"),
            ('shared = "all"', "supernet.shared: unknown key"),
        ],
    )
    def test_others_are_refused_with_line_and_known_values(self, study_text, tmp_path, line, message):
        with pytest.raises(ValueError, match=f"mine.toml, line {line_of(study_text, 'channels = 2') + 1}: {message}"):
            self.load(study_text, tmp_path, line)


def test_a_study_survives_json(study_file):
    study = load_study(study_file)
    assert Study.model_validate(json.loads(study.model_dump_json())) == study


@pytest.mark.parametrize("path", files_of(), ids=lambda path: path.stem)
def test_every_study_that_comes_with_nasrank_is_valid(path):
    study = load_study(path)
    assert find_study(path.stem) == path
    assert study.title


class TestFinding:
    def test_by_name_and_by_path(self, study_file):
        assert find_study("nb201") == STUDIES / "nb201.toml"
        assert find_study(str(study_file)) == study_file
        assert find_study(str(study_file.with_suffix(""))) == study_file

    def test_a_name_of_one_that_comes_with_nasrank_is_no_file_that_happens_to_lie_here(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name in ("nb201", "mine", "nb201-cifar10"):
            Path(f"{name}.toml").write_text("", encoding="utf-8")
        assert find_study("nb201") == STUDIES / "nb201.toml"
        assert find_study("nb201", "cifar10") == STUDIES / "nb201-cifar10.toml"
        assert find_study("nb201.toml") == Path("nb201.toml")
        assert find_study("mine") == Path("mine.toml")

    def test_one_at_paper_scale_has_a_name_of_its_own(self, study_file):
        """Cases: there are two called heuristics, whose reports are not to lie in the same place."""
        path = find_study("paper/heuristics")
        assert path == STUDIES / "paper" / "heuristics.toml"
        assert study_name(path) == "paper/heuristics"
        assert study_name(find_study("heuristics")) == "heuristics"
        assert study_name(study_file) == "tiny"
        with pytest.raises(ValueError, match=r"no study 'paper/nothing'.*paper/rlnas"):
            find_study("paper/nothing")

    def test_the_variant_on_other_data(self):
        assert find_study("nb201", "cifar10") == STUDIES / "nb201-cifar10.toml"

    def test_an_unknown_one_is_refused_with_those_there_are(self):
        with pytest.raises(ValueError, match=r"no study 'nb202'.*nb201"):
            find_study("nb202")
        with pytest.raises(ValueError, match="no study 'nb201-mnist'"):
            find_study("nb201", "mnist")
