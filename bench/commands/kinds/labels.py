"""Studies of what labels are worth."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.commands.kinds.kind import KINDS, Asked, Kind
from nasrank.bench.commands.watching import watched
from nasrank.bench.foundation.terminal import Terminal


@KINDS.register
class Labels(Kind):
    """Predictors fitted to draws of labels; see `nasrank.bench.label_studies`."""

    name = "labels"

    def run(self, path: Path, asked: Asked) -> None:
        from nasrank.bench.analysis.label_summary import LabelSummary
        from nasrank.bench.label_studies.folder import LabelFolder
        from nasrank.bench.label_studies.grammar import LabelStudy
        from nasrank.bench.label_studies.run import run_draws
        from nasrank.bench.label_studies.store import DrawStore
        from nasrank.bench.reporting.labels import FILES
        from nasrank.bench.reporting.predictors.files import refuse_others
        from nasrank.bench.studies.study_file import load_as

        study = load_as(path, LabelStudy)
        study = study.quick() if asked.quick else study
        refuse_others(asked.out, FILES, LabelSummary.is_report)
        asked.console.print(f"the report goes to {asked.out}", soft_wrap=True, highlight=False)
        store = DrawStore(asked.work / f"{asked.out.name}-{study.fingerprint}")
        with watched(asked.console, asked.out) as watch:
            run_draws(study, store, asked.executor, Path(study.reports), watch=watch)
            asked.executor.close()
            LabelFolder(asked.out).keep(study, store.table(study))
            self.report(asked.out, asked.console)

    def owns(self, folder: Path) -> bool:
        from nasrank.bench.label_studies.folder import LabelFolder

        return LabelFolder(folder).is_there

    def report(self, folder: Path, console: Terminal) -> None:
        from nasrank.bench.analysis.label_summary import LabelSummary
        from nasrank.bench.label_studies.folder import LabelFolder
        from nasrank.bench.reporting.labels import write
        from nasrank.bench.reporting.labels.report import answer

        with console.status("writing the report"):
            summary = LabelSummary.of(*LabelFolder(folder).read())
            write(summary, folder)
        console.print(answer(summary), style="bold", highlight=False)
        files = "README.md, table.md, table.csv, summary.json and the figure"
        console.print(f"report: {folder / 'index.html'}, and beside it {files}", soft_wrap=True, highlight=False)
