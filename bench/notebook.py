"""What a notebook is given of a study: its results, which show themselves, and data frames of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, fields
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nasrank.bench.foundation.files import DataError
from nasrank.bench.reporting.other_reports import other_report
from nasrank.bench.runner import results as stored
from nasrank.bench.runner.kept_truth import truth_table
from nasrank.bench.runner.label_sets import estimates_of, first_with_labels_of
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.runner.standing import Standing
from nasrank.bench.runner.truth import Truth, seeds_of_truth, truth_of
from nasrank.bench.studies.study import Study
from nasrank.predictors import ESTIMATORS

if TYPE_CHECKING:
    from nasrank.bench.execution import Executor, Watch
    from nasrank.bench.oracles import Table

WORK = Path(".nasrank")
"""Where results are kept that are not finished."""


@dataclass(frozen=True)
class StudyResults(Results):
    """A finished study, which shows its main table in a notebook and gives all its numbers as data frames.

    What compares with the truth raises a ValueError where the table of the study is not at hand.

    Attributes:
        folder: of the results.
    """

    folder: Path = field(default=Path(), compare=False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.design.study.title!r}: {len(self.trials)} trials>"

    @cached_property
    def _table(self) -> Table:
        return truth_table(self.design, self.folder)

    @cached_property
    def truth(self) -> Truth:
        """What the rankings are compared with."""
        return truth_of(self.design.study, self._table)

    def table(self) -> pd.DataFrame:
        """Kendall's tau-b of every row before and after, a line each under its label, and of the baselines.

        Means over the seeds that finished on both sides; a baseline stands under `after` alone. There are no intervals,
        which take longer: `to_frame` has them.
        """
        standing = Standing(self.design, self.truth)
        for trial in self.design.trials:
            standing.put(trial, self.trials[trial.name])
        lines = {row.label: standing.of(row) for row in self.design.rows.values()}
        lines |= {label: {"tau after": value} for label, value in self._baselines().items()}
        frame = pd.DataFrame.from_dict(lines, orient="index", columns=["tau before", "tau after", "seeds"])
        frame.columns = pd.Index(["before", "after", "seeds"])
        frame.insert(2, "difference", frame["after"] - frame["before"])
        return frame.astype({"seeds": "Int64"})

    def to_frame(self) -> pd.DataFrame:
        """Everything that a report says, a line a number, see `nasrank.bench.analysis.frame`; it takes a minute."""
        from nasrank.bench.analysis.analyse import analyse

        summary = analyse(self, self.truth, seeds=seeds_of_truth(self.design.study, self._table))
        return summary.frame.to_pandas()

    def scores(self) -> pd.DataFrame:
        """What every super-net scored each architecture of the pool: a row an architecture, under its text.

        A column a trial, by the score that its arm ranks by; NaN where the trial failed.
        """
        columns = {}
        for trial in self.design.trials:
            found, score = self.trials[trial.name], self.design.arms[trial.arm].score
            columns[trial.name] = found["scores"].get(score, np.nan)
        index = pd.Index([str(architecture) for architecture in self.design.pool], name="architecture")
        return pd.DataFrame(columns, index=index)

    def _baselines(self) -> dict[str, float]:
        """Mean tau over seeds of the estimators that the study names, by label, on the labels of its first strategy."""
        standing = Standing(self.design, self.truth)
        told = ("", first_with_labels_of(self.design, self.design.study.strategies[0]))
        due = {one.name for one in estimates_of(self.design) if one.row in told and not one.stacked_on}
        found: dict[str, list[float]] = {}
        for name in self.design.study.estimators.baselines:
            for which, estimate in self.estimates.items():
                if name in estimate["scores"] and which in due:
                    found.setdefault(ESTIMATORS[name].label, []).append(
                        standing.tau_of_ranked(estimate["scores"][name])
                    )
        return {label: float(np.mean(values)) for label, values in found.items()}

    def _repr_html_(self) -> str:
        study = self.design.study
        title = f"<h3>{escape(study.title)}</h3>"
        try:
            table = self.table()
        except ValueError as error:
            return f"{title}<p>{len(self.trials)} trials. {escape(str(error))}</p>"
        about = (
            f"Kendall's tau-b with {study.truth.oracle} over {len(self.design.ranked):,} architectures, "
            f"{len(self.design.seeds)} seeds, before and after {', '.join(term.kind.label for term in study.terms)}"
        )
        return f"{title}<p>{escape(about)}</p>{table.to_html(float_format='{:.3f}'.format, na_rep='')}"


def load_results(folder: Path | str) -> StudyResults:
    """The results of a study that was run, from the folder of its report or from that of the results.

    Raises:
        ValueError: there are none, a trial is missing, a file is not what was written, or the report is of another kind
            than studies of super-nets; the message says what reads it.
    """
    place = stored.results_in(Path(folder))
    if not (place / "design.json").exists() and (other := other_report(Path(folder))):
        raise DataError(f"nasrank.load_results reads studies of super-nets, and {other}")
    return _shown(Store(place).read(), place)


def run_study(
    study: Study | Path | str,
    *,
    executor: Executor | None = None,
    store: Store | None = None,
    reuse: Path | None = None,
    watch: Watch | None = None,
    data_root: Path | None = None,
) -> StudyResults:
    """Run a study, or what is left of it; what is finished is kept in the store, and found there by the next call.

    In a notebook, `nasrank.run_study("nb201-smoke")` is all there is to it. A script that starts processes needs the
    guard `if __name__ == "__main__":` around the call, as every script does that uses multiprocessing.

    Args:
        study: what to run, the path of a study file, or the name of a study that comes with nasrank.
        executor: where trials are run; by default a process for each core.
        store: where results are kept; by default a folder under `.nasrank` named after the study and its design.
        reuse: folder of another run, or of its results, from which those that fit are taken over.
        watch: told how it goes; by default that is printed. `nasrank.bench.execution.Watch()` says nothing.
        data_root: folder of benchmark data, else `$NASRANK_DATA`.

    Raises:
        ValueError: an option of the study cannot be met, or the store is another study's or in use.
        WorkersKilledError: the system killed workers; what they did not work on is finished.
    """
    from nasrank.bench.commands.watching import Bars
    from nasrank.bench.execution import EXECUTORS
    from nasrank.bench.foundation.terminal import Terminal
    from nasrank.bench.runner.resolve import resolve
    from nasrank.bench.runner.reuse import continued
    from nasrank.bench.runner.run import train_all
    from nasrank.bench.studies.study_file import find_study, load_study

    if isinstance(study, Study):
        name = "study"
    else:
        path = find_study(str(study))
        name, study = path.stem, load_study(path)
    design, truth, _ = resolve(study, data_root)
    design = continued(design, truth, reuse) if reuse else design
    store = store or Store(WORK / f"{name}-{design.common_fingerprint}")
    executor = executor or EXECUTORS["local"].as_usual()
    watch = watch or Bars(Terminal())
    with store.writing(), closing(executor):
        train_all(design, truth, store, executor, reuse=reuse, watch=watch, data_root=data_root)
        return _shown(store.read(), store.folder)


def _shown(results: Results, folder: Path) -> StudyResults:
    content = {one.name: getattr(results, one.name) for one in fields(Results)}
    return StudyResults(**content, folder=folder)
