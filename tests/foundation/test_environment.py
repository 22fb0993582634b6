"""What results depend on besides their settings, and that the committed ones were made with the pinned versions."""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import scipy
import sklearn
import torch

from nasrank.bench.foundation.environment import PINNED, environment

ROOT = Path(__file__).parents[2]
STORED = sorted(ROOT.glob("reports/*/results/design.json"))


def constraints() -> dict[str, str]:
    """Pinned versions by package."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)$", "\n".join(lines), re.MULTILINE))


def test_a_study_names_every_version_that_its_numbers_depend_on() -> None:
    found = environment()
    torchs = [text.partition("+")[0] for text in (found.pop("torch"), torch.__version__)]
    assert torchs[0] == torchs[1]
    assert found == {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "nasrank": version("nasrank"),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parts[-3])
def test_committed_results_are_of_the_pinned_versions(path: Path) -> None:
    """Else `--reuse` and a rerun by the README's commands would be of another environment."""
    stored = json.loads(path.read_text(encoding="utf-8"))["environment"]
    for package in set(PINNED) - {"nasrank"}:
        assert stored[package].partition("+")[0] == constraints()[package]


def test_there_are_some() -> None:
    assert len(STORED) > 5
