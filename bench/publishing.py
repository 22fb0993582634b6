"""From the stored results of a study to the folder of its report, in one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from nasrank.bench.analysis.analyse import analyse
from nasrank.bench.analysis.ceiling import Seeds
from nasrank.bench.analysis.rank_table import rank_table
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.report import report_texts
from nasrank.bench.runner.output import Output
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.truth import Truth


def write_report(
    results_folder: Path,
    out: Path,
    truth: Truth,
    data_root: Path | None = None,
    seeds: Seeds = None,
    others: Sequence[tuple[str, Truth]] = (),
) -> Summary:
    """Write the summary, tables, figures, index.html and README.md into `out`.

    Everything is computed before anything is written, and all of it takes its place in one step where the system can
    do that. The same results and truth give the same bytes.

    Args:
        data_root: where tables may lie that serve to check the ceiling, else `$NASRANK_DATA`.
        seeds: what the truth is the mean of, see `seeds_of_truth`.
        others: truths besides the study's own, see `further_truths`.

    Raises:
        ValueError: results are missing or damaged, the truth or the ceiling does not fit them, or something that
            nasrank did not write for this study is in the way.
    """
    output = Output(out)
    with output.held():
        return fill(output, Store(results_folder), truth, data_root, seeds, others)


def fill(
    output: Output,
    store: Store,
    truth: Truth,
    data_root: Path | None = None,
    seeds: Seeds = None,
    others: Sequence[tuple[str, Truth]] = (),
    *,
    copy_results: Callable[[Path], None] | None = None,
    replace: bool = False,
) -> Summary:
    """What `write_report` does, for who holds the output already.

    Args:
        copy_results: writes the results into a new folder, where they are to lie in the output, too.
        replace: whether what another study wrote there gives way.
    """
    results = store.read()
    design = results.design
    output.refuse(design.study, results=bool(copy_results), replace=replace)
    summary = analyse(results, truth, data_root, seeds, others)
    texts = report_texts(summary, rank_table(results, truth))
    output.refuse(design.study, results=bool(copy_results), replace=replace)  # computing takes its time
    output.put(texts, design.study, copy_results)
    return summary
