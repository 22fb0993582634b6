"""The studies that come with nasrank, at a glance: what each is about, what it needs and whether that is at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasrank.bench.data import DATASETS
from nasrank.bench.foundation.files import DataError, find_data
from nasrank.bench.foundation.toml_files import read_toml
from nasrank.bench.oracles import RECIPES, imported
from nasrank.bench.studies.kinds import STUDIES, files_of, paper_files, study_name
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import load_study

_LASTS = re.compile(r"([^.;]+) on 2 cores")
_COSTS = re.compile(r"about ([\d,]+ core hours)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Shipped:
    """A study file that is part of nasrank.

    Attributes:
        about: the comment at its head, which says what it asks.
    """

    path: Path
    study: Study
    about: str

    @classmethod
    def read(cls, path: Path) -> Shipped:
        """Raises ValueError when the file is no study."""
        lines = path.read_text(encoding="utf-8").splitlines()
        head = lines[: next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))]
        return cls(path, load_study(path), " ".join(line.removeprefix("#").strip() for line in head))

    @property
    def name(self) -> str:
        """What `nasrank run` calls it by."""
        return study_name(self.path)

    @property
    def lasts(self) -> str:
        """How long it takes on 2 cores, as its file says."""
        found = _LASTS.search(self.about)
        return found[1].strip().lower() if found else ""

    @property
    def costs(self) -> str:
        """The core hours of one at paper scale, as its file says."""
        found = _COSTS.search(self.about)
        return found[1] if found else ""

    def lacks(self, data_root: Path | None = None) -> list[str]:
        """Tables and images that it needs and this machine does not have, by name; `nasrank fetch` knows most."""
        oracle, images = self.study.truth.oracle, self.study.images.dataset
        lacking = []
        if oracle in RECIPES and oracle not in imported() and not RECIPES[oracle].is_here(data_root):
            lacking.append(oracle)
        if folder := DATASETS[images].folder:
            try:
                find_data(folder, data_root, advice="")
            except DataError:
                lacking.append(images.partition("-")[0])
        return lacking


def shipped() -> list[Shipped]:
    """Every study of super-nets that comes with nasrank, by name, but for those at paper scale."""
    return [Shipped.read(path) for path in files_of()]


def at_paper_scale() -> list[Shipped]:
    """Those with the settings of papers, by name."""
    return [Shipped.read(path) for path in paper_files()]


def of_other_kinds() -> list[tuple[str, str, str]]:
    """Name, kind and title of those that come with nasrank and are of no super-nets, by name."""
    contents = {path: read_toml(path)[1] for path in sorted(STUDIES.glob("*.toml"))}
    return [(study_name(path), one["kind"], one["title"]) for path, one in contents.items() if "kind" in one]


def studies() -> pd.DataFrame:
    """The studies that come with nasrank, a row each under its name, but for those at paper scale.

    The columns are the `title`; the `space`; the `truth`, the table that rankings are compared with; the `images` that
    super-nets are trained on; how many `rows` it compares; how long it takes `on_2_cores`, as its file says; and what
    of its data is `missing` on this machine, empty where it can be run at once.
    """
    rows = {
        one.name: {
            "title": one.study.title,
            "space": one.study.space,
            "truth": one.study.truth.oracle,
            "images": one.study.images.dataset,
            "rows": len(one.study.strategies) + len(one.study.variants),
            "on_2_cores": one.lasts,
            "missing": ", ".join(one.lacks()),
        }
        for one in shipped()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("study")
