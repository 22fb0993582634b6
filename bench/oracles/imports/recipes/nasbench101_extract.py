"""The NAS-Bench-101 extract of `NASRANK_DATA`: what third parties published of a ninth of its cells [Ying2019].

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from nasrank.bench.oracles.imports.recipe import RECIPES
from nasrank.bench.oracles.imports.recipes.mapped import mapped

RECIPE = mapped(
    "nas-bench-101-extract",
    space="nb101",
    source="nas-bench-101/nb101_measured.parquet",
    sha256="3cfc62ee73e9aafff85f6f8569e339e7264feebbb0b31de0170179c865b725f1",
    about="(an extract of NAS-Bench-101 that was not published; with its official file, run the study anew, --oracle "
    "nas-bench-101)",
    advice=(
        "It is a Parquet extract of NAS-Bench-101, one row a cell; NASRANK_DATA names the folder above nas-bench-101/."
        "\nThe benchmark's own file will do as well: nasrank tables import PATH/nasbench_only108.tfrecord, and then "
        "nasrank run STUDY --oracle nas-bench-101."
    ),
)

RECIPES.register(RECIPE)
