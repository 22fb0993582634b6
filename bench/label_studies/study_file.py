"""Reading the file of a label study."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.foundation.toml_files import read_toml
from nasrank.bench.label_studies.grammar import LabelStudy
from nasrank.bench.oracles import RECIPES, imported
from nasrank.bench.studies.study_file import validated


def load_label_study(path: Path) -> LabelStudy:
    """Read and validate the file of a label study.

    Raises:
        ValueError: it is not TOML, or a key is unknown, missing or has a wrong value; names file, line and key.
    """
    text, _, plain = read_toml(path)
    return validated(LabelStudy, path, text, plain, oracles=[*RECIPES, *imported()])
