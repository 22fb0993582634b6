"""A table as a pandas data frame, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.overview import column_of_text
from nasrank.bench.oracles.ask.rows import Architectures, find_rows
from nasrank.bench.oracles.ask.table import Table


def frame_of(
    table: Table, columns: Sequence[Column | str] | None = None, archs: Architectures | None = None
) -> pd.DataFrame:
    """What `Table.to_frame` gives.

    Raises:
        ValueError: the table has no such column or architecture, or a column is a curve.
    """
    if isinstance(columns, str | Column):
        raise ValueError(f"columns are a sequence of them: give [{str(columns)!r}] for a single one")
    if columns is None:
        asked = [column for column in table.columns if column.curve is None]
    else:
        asked = [column_of_text(table, one) if isinstance(one, str) else one for one in columns]
    for column in asked:
        if column.curve is not None:
            raise ValueError(f"{column} is a curve, which is no one number of an architecture: ask for it with curve()")
    rows = np.arange(len(table.rows)) if archs is None else find_rows(table.rows, archs)
    texts = [str(table.rows.architecture(int(row))) for row in rows]
    values = {str(column): table.whole(column)[rows] for column in asked}
    return pd.DataFrame(values, index=pd.Index(texts, name="architecture"))
