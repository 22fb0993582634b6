"""The main table for the terminal, shown when a study ends; it fits into 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from nasrank.bench.analysis.ceiling import Recomputed
from nasrank.bench.analysis.summary import MAIN_METRIC, MetricRow, Summary
from nasrank.bench.analysis.wording import BELOW, number, seeds, with_interval
from nasrank.bench.ranking import METRICS

_TAU = METRICS[MAIN_METRIC]
_BETTER, _WORSE, _QUIET, _WARNING = "green", "red", "dim", "yellow"


def terminal_table(summary: Summary, recomputed: Sequence[Recomputed] = ()) -> Table:
    """Tau of every strategy before and after guidance, of the baselines and of the ceiling; failures below it.

    Args:
        recomputed: ceilings measured again on this machine, see `nasrank.bench.analysis.ceiling.recompute`.
    """
    header, n = summary.header, summary.header["n"]
    confidence = f"{100 * header['confidence']:g} %"
    caption = [
        f"{seeds(n['seeds'])}, {n['pool']:,} architectures, {confidence} interval of the difference",
        f"{BELOW} a baseline ranks better",
        *(
            f"ceiling measured again: {number(_TAU, one.whole[MAIN_METRIC])}, "
            f"on this pool {number(_TAU, one.on_pool[MAIN_METRIC])} ({one.second})"
            for one in recomputed
        ),
        *(f"{failure.trial} failed: {failure.reason}" for failure in summary.failures),
    ]
    table = Table(title=Text(f"{header['title']}: {_TAU.label}"), caption=Text("\n".join(caption)), box=box.SIMPLE_HEAD)
    table.add_column("")
    for column in ("before", "after", "difference"):
        table.add_column(column, justify="right", no_wrap=True)
    for strategy in summary.strategies:
        table.add_row(*_strategy(summary.row(strategy, MAIN_METRIC), summary.labels[strategy]))
    table.add_section()
    references = {one.label: one.metrics[MAIN_METRIC].value for one in summary.baselines.values()}
    if summary.ceilings:
        references["noise ceiling"] = summary.ceilings[0].metrics[MAIN_METRIC]
    for label, value in references.items():
        table.add_row(Text(label), "", f"{number(_TAU, value)}  ", "", style=_QUIET)
    return table


def _strategy(row: MetricRow, label: str) -> list[Text]:
    mark = BELOW if row.below_baseline else " "
    colour = _BETTER if row.ci_low > 0 else _WORSE if row.ci_high < 0 else ""
    return [
        Text(label, style="bold"),
        Text(number(_TAU, row.before)),
        Text(number(_TAU, row.after)).append(f" {mark}", style=_WARNING),
        Text(with_interval(_TAU, row.delta, row.ci_low, row.ci_high, signed=True), style=colour),
    ]
