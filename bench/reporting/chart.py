"""The chart of the page that answers to the pointer: every architecture, by its rank in truth and by a super-net.

What it knows of the truth is the rank of every architecture in the pool.
"""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import vl_convert

from nasrank.bench.analysis.rank_table import RankTable
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting import words

SIZE = 360  # pixels
_QUIET = "#8b949e"
_SIDES = (("before", False, _QUIET), ("after", True, "#1f83c5"))
"""Name, whether it is with the terms, and a colour that is readable on light and on dark paper."""


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed, packed."""
    return packed(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed"))


def packed(text: str) -> str:
    """Compressed by gzip, in base64: a third of the bytes, and nothing that could end the element it stands in."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def chart_of(summary: Summary, ranks: RankTable) -> str:
    """A Vega-Lite specification, and its data by column; as packed JSON.

    The page puts the data into the specification: an object an architecture would repeat every name, and Vega's reader
    of tables evaluates texts as code, which the page forbids.
    """
    labels = [pair.label for pair in summary.pairs]
    rows = {
        pair.label: {
            name: [pair.after if after else pair.before, words.number(summary.level(pair, after).value)]
            for name, after, _ in _SIDES
        }
        for pair in summary.pairs
    }
    row = alt.param("row", value=labels[0], bind=alt.binding_select(options=labels, name="Row "))
    known = alt.param("rows", value=rows)
    hover = alt.selection_point(name="hover", fields=["architecture"], on="pointerover", nearest=True, empty=False)
    panels = [_panel(name, colour, len(ranks.architectures), hover) for name, _, colour in _SIDES]
    panels[0] = panels[0].add_params(hover)
    chart = alt.hconcat(*panels).add_params(row, known)
    spec: dict[str, Any] = chart.configure(background="transparent").configure_view(stroke=None).to_dict()
    content = {"spec": spec, "columns": _columns(ranks)}
    return packed(json.dumps(content, separators=(",", ":"), allow_nan=False, sort_keys=True))


def _panel(name: str, colour: str, count: int, hover: Any) -> alt.Chart:
    scale = alt.Scale(domain=[count, 1], nice=False)
    axis = alt.Axis(
        values=[1, count], grid=False, labelColor=_QUIET, titleColor=_QUIET, domainColor=_QUIET, tickColor=_QUIET
    )
    tooltip = [
        alt.Tooltip("architecture:N"),
        alt.Tooltip("truth:Q", title="true rank"),
        alt.Tooltip("before:Q", title="rank before"),
        alt.Tooltip("after:Q", title="rank after"),
    ]
    drawn: alt.Chart = (
        alt.Chart(alt.NamedData("ranks"), width=SIZE, height=SIZE)
        .transform_calculate(before="datum[rows[row].before[0]]", after="datum[rows[row].after[0]]")
        .mark_circle(clip=True)
        .encode(
            x=alt.X("truth:Q", title="true rank", scale=scale, axis=axis),
            y=alt.Y(f"{name}:Q", title="rank by score", scale=scale, axis=axis),
            color=alt.condition(hover, alt.value("#d55e00"), alt.value(colour)),
            size=alt.condition(hover, alt.value(160), alt.value(16)),
            opacity=alt.condition(hover, alt.value(1), alt.value(0.55)),
            tooltip=tooltip,
        )
        .properties(
            title=alt.Title(text=alt.expr(f"'{name}: tau ' + rows[row].{name}[1]"), color=_QUIET, anchor="start")
        )
    )
    return drawn


def _columns(ranks: RankTable) -> dict[str, list[Any]]:
    """Of every architecture its notation, its true rank, and its rank by every arm, mean over the seeds."""
    found: dict[str, list[Any]] = {
        "architecture": list(ranks.architectures),
        "truth": [int(rank) for rank in ranks.true_ranks],
    }
    for arm, rows in ranks.by_arm.items():
        finished = rows[~np.isnan(rows).any(axis=1)]
        found[arm] = [round(float(rank)) for rank in finished.mean(axis=0)] if len(finished) else [None] * len(rows.T)
    return found
