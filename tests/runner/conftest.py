"""The tiny study, resolved."""

from __future__ import annotations

import pytest

from nasrank.bench.runner.resolve import resolve
from nasrank.bench.studies.study_file import load_study


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
