"""The NATS-Bench extract of `NASRANK_DATA`: NAS-Bench-201 as published, final results only [Dong2021].

References:
    [Dong2021] Dong, Liu, Musial & Gabrys, "NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and
        Size", IEEE TPAMI 2021.
"""

from __future__ import annotations

from nasrank.bench.oracles.imports.recipe import RECIPES
from nasrank.bench.oracles.imports.recipes.mapped import mapped

RECIPE = mapped(
    "nats-bench-extract",
    space="nb201",
    source="nas-bench-201/nb201_core.parquet",
    sha256="c0a975ba7300646e4a7e08fb38149ca6735dbac132e7a8613e2b4ac444fa0972",
    about="(an extract of NATS-Bench that was not published; with its official file, run the study anew, --oracle "
    "nats-bench-topology)",
    advice="It is a Parquet extract of NATS-Bench, one row a cell; NASRANK_DATA names the folder above nas-bench-201/.",
)

RECIPES.register(RECIPE)
