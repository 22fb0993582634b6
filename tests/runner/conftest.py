"""The tiny study, resolved, and one with estimators of every kind."""

from __future__ import annotations

import pytest
from estimate_studies import VARIANTS, Steepness, with_estimates, with_trials
from haste import in_haste

from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.studies.study_file import load_study
from nasrank.predictors import ESTIMATORS


@pytest.fixture(scope="session")
def resolved(study_file):
    """The design, the truth of the whole space, and the images of the tiny study."""
    return resolve(load_study(study_file))


@pytest.fixture(scope="session")
def design(resolved):
    return resolved[0]


@pytest.fixture(scope="session")
def truth(resolved):
    return resolved[1]


@pytest.fixture(scope="module")
def _with_steepness():
    """A proxy, registered; all others are fitted in haste."""
    with in_haste(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(ESTIMATORS, "steepness", Steepness)
        yield


def resolved_with(variants, study_text, folder):
    path = folder / "varied.toml"
    path.write_text(study_text.replace('["spos", "gdas"]', '["spos"]') + variants)
    return resolve(load_study(path))[:2]


@pytest.fixture(scope="module")
def waiting(_with_steepness, study_text, tmp_path_factory):
    """A design with the proxy, whose last row waits for its landmarks, and the truth."""
    return resolved_with(VARIANTS, study_text, tmp_path_factory.mktemp("waiting"))


@pytest.fixture(scope="module")
def varied(_with_steepness, study_text, tmp_path_factory):
    """The same without the row that waits."""
    variants = VARIANTS[: VARIANTS.index("[variants.chosen]")]
    return resolved_with(variants, study_text, tmp_path_factory.mktemp("varied"))


@pytest.fixture(scope="module")
def whole(varied, tmp_path_factory):
    """Of each file of finished results of it, the text."""
    store = with_trials(Store(tmp_path_factory.mktemp("whole") / "results"), varied[0])
    with_estimates(store, *varied)
    return {path.name: path.read_text() for path in store.folder.iterdir() if path.suffix == ".json"}


@pytest.fixture
def finished_store(whole, tmp_path):
    """These results."""
    folder = tmp_path / "results"
    folder.mkdir()
    for name, text in whole.items():
        (folder / name).write_text(text)
    return Store(folder)
