"""Studies of what tables say by themselves."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.commands.kinds.kind import KINDS, Asked, Kind
from nasrank.bench.foundation.terminal import Terminal


@KINDS.register
class Tables(Kind):
    """Groups of architectures that were trained, and claims about them; see `nasrank.bench.table_studies`."""

    name = "tables"

    def run(self, path: Path, asked: Asked) -> None:
        """Nothing is trained, so that a quick run is a whole one."""
        from nasrank.bench.analysis.table_summary import TableSummary
        from nasrank.bench.reporting.predictors.files import refuse_others
        from nasrank.bench.reporting.table_studies import FILES
        from nasrank.bench.studies.study_file import load_as
        from nasrank.bench.table_studies.folder import TableFolder
        from nasrank.bench.table_studies.grammar import TableStudy
        from nasrank.bench.table_studies.measured import measure

        study = load_as(path, TableStudy)
        refuse_others(asked.out, FILES, TableSummary.is_report)
        asked.console.print(f"the report goes to {asked.out}", soft_wrap=True, highlight=False)
        with asked.console.status("reading tables"):
            measured = measure(study)
            TableSummary.of(
                study, measured, {}
            )  # refuses claims that the tables cannot answer, before anything is kept
        TableFolder(asked.out).keep(study, measured)
        self.report(asked.out, asked.console)

    def owns(self, folder: Path) -> bool:
        from nasrank.bench.table_studies.folder import TableFolder

        return TableFolder(folder).is_there

    def report(self, folder: Path, console: Terminal) -> None:
        from nasrank.bench.analysis.table_summary import TableSummary
        from nasrank.bench.reporting.table_studies import write
        from nasrank.bench.reporting.table_studies.report import answer
        from nasrank.bench.table_studies.folder import TableFolder

        with console.status("writing the report"):
            summary = TableSummary.of(*TableFolder(folder).read())
            write(summary, folder)
        console.print(answer(summary), style="bold", highlight=False)
        files = "README.md, table.csv, summary.json and the figure"
        console.print(f"report: {folder / 'index.html'}, and beside it {files}", soft_wrap=True, highlight=False)
