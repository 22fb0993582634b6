"""The main table for the terminal, shown when a study ends; it fits into 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from nasrank.bench.analysis.ceiling import Recomputed
from nasrank.bench.analysis.frame import BETTER, MAIN_METRIC, WORSE
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.reporting import words
from nasrank.bench.reporting.tables import difference
from nasrank.bench.reporting.words import TAU, number

_COLOURS = {BETTER: "green", WORSE: "red"}
_QUIET = "dim"


def terminal_table(summary: Summary, recomputed: Sequence[Recomputed] = ()) -> Table:
    """Tau of every row before and after guidance, of the baselines and of the ceiling; failures below it.

    Args:
        recomputed: ceilings measured again on this machine, see `nasrank.bench.analysis.ceiling.recompute`.
    """
    caption = [
        f"{words.size(summary)} of the gain",
        f"{words.UP} better and {words.DOWN} worse, decided for all rows together (Holm)",
        *(
            f"ceiling measured again: {number(one.whole[MAIN_METRIC])}, "
            f"on this pool {number(one.on_pool[MAIN_METRIC])} ({one.second})"
            for one in recomputed
        ),
        *(f"{trial} failed: {reason}" for trial, reason in summary.failures.items()),
    ]
    title = Text(f"{summary.header['title']}: {TAU.label}")
    table = Table(title=title, caption=Text("\n".join(caption)), box=box.SIMPLE_HEAD)
    table.add_column("")
    for column in ("before", "after", "gain"):
        table.add_column(column, justify="right", no_wrap=True)
    for pair in summary.pairs:
        table.add_row(*_row(summary, pair))
    table.add_section()
    references = {one.label: summary.reference(one.name).value for one in summary.references}
    if summary.ceilings:
        references["noise ceiling"] = summary.ceiling.value
    for label, value in references.items():
        table.add_row(Text(label), "", number(value), "", style=_QUIET)
    return table


def _row(summary: Summary, pair: Pair) -> list[Text]:
    gain = summary.gain(pair)
    label = f"{pair.label} (control)" if pair.control else pair.label
    return [
        Text(label, style=_QUIET if pair.control else "bold"),
        Text(number(summary.level(pair, False).value)),
        Text(number(summary.level(pair, True).value)),
        Text(difference(gain), style=_COLOURS.get(gain.status, "")),
    ]
