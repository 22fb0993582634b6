"""Scores of any architectures by a super-net that was kept, as a sheet like those of zero-cost proxies."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from nasrank.bench.execution.process_pool import one_thread
from nasrank.bench.foundation.environment import environment, processor
from nasrank.bench.oracles.imports.formats.score_sheet import ARCHITECTURE, NOT_MEASURED, SEED
from nasrank.bench.runner.kept_supernets import TrainedSuperNet
from nasrank.bench.scores import label_of
from nasrank.bench.scoring.sheet import ProxyColumn, put_sheet

AT_ONCE = 500
"""Architectures, after which it is said how far it is; what they have in common is computed once."""


def write_scores(
    path: Path,
    supernet: TrainedSuperNet,
    architectures: Sequence[Any],
    settings: dict[str, Any],
    said: Callable[[int], None] = lambda done: None,
) -> list[ProxyColumn]:
    """Score these architectures and write the sheet whole or not at all; what is known of its columns.

    Args:
        settings: further ones to be told in the file, such as which architectures were asked for.
        said: called with how many have been scored since it was last called.

    Raises:
        ValueError: an architecture has no score that the super-net's study ranks by, or is none of its space.
    """
    start, columns = time.perf_counter(), dict[str, list[float]]()
    with one_thread():  # as trials are scored
        for first in range(0, len(architectures), AT_ONCE):
            some = architectures[first : first + AT_ONCE]
            try:
                found = supernet.score(some)
            except FloatingPointError as reason:
                raise ValueError(f"{supernet.trial.name}: {reason}") from reason
            for name, values in found.items():
                columns.setdefault(name, []).extend(values.tolist())
            said(len(some))
    each = (time.perf_counter() - start) / len(architectures)
    about = [
        ProxyColumn(name, label_of(name), "", True, 0, each, {"no finite outputs": gaps} if gaps else {})
        for name, gaps in ((name, int(np.isnan(values).sum())) for name, values in columns.items())
    ]
    content = {
        "made_by": "nasrank score",
        "set_up": {"supernet": supernet.trial.name, "settings": supernet.design.settings(supernet.trial)},
        "words": f"the super-net {supernet.trial.name} of {supernet.design.study.title}",
        "ranked_by": supernet.ranked_by,
        **settings,
        "seeds": 1,
        "classes": len(architectures),
        "columns": {one.name: {**vars(one), "missing": dict(one.missing)} for one in about},
        "versions": environment(),
        "machines": [processor()],
    }
    sheet = {
        ARCHITECTURE: pa.array([str(one) for one in architectures]),
        SEED: pa.array([0] * len(architectures), pa.int64()),
        **{name: pa.array(np.array(values)) for name, values in columns.items()},
        NOT_MEASURED: pa.nulls(len(architectures), pa.string()),
    }
    put_sheet(path, sheet, content)
    return about
