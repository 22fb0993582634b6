"""Studies of searchers: `nasrank search STUDY` does the runs that are missing and writes the report."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.commands.kinds.kind import KINDS, Asked, Kind
from nasrank.bench.commands.watching import watched
from nasrank.bench.foundation.terminal import Terminal


@KINDS.register
class Search(Kind):
    """Searchers that spend a budget on a table; see `nasrank.bench.search_studies`."""

    name = "search"

    def run(self, path: Path, asked: Asked) -> None:
        from nasrank.bench.analysis.search_summary import SearchSummary
        from nasrank.bench.reporting.predictors.files import refuse_others
        from nasrank.bench.reporting.search import FILES
        from nasrank.bench.search_studies.folder import SearchFolder
        from nasrank.bench.search_studies.grammar import SearchStudy
        from nasrank.bench.search_studies.run import play_all, subject_of
        from nasrank.bench.search_studies.store import RunStore
        from nasrank.bench.studies.study_file import load_as

        study = load_as(path, SearchStudy)
        study = study.with_oracle(asked.oracle) if asked.oracle else study
        study = study.quick() if asked.quick else study
        refuse_others(asked.out, FILES, SearchSummary.is_report)
        asked.console.print(f"the report goes to {asked.out}", soft_wrap=True, highlight=False)
        store = RunStore(asked.work / f"search-{asked.out.name}")
        with watched(asked.console, asked.out) as watch:
            play_all(study, store, asked.executor, watch=watch)
            asked.executor.close()
            SearchFolder(asked.out).keep(study, store, {part: subject_of(study, part) for part in study.parts})
            self.report(asked.out, asked.console)

    def owns(self, folder: Path) -> bool:
        from nasrank.bench.search_studies.folder import SearchFolder

        return SearchFolder(folder).is_there

    def report(self, folder: Path, console: Terminal) -> None:
        from nasrank.bench.analysis.search_summary import SearchSummary
        from nasrank.bench.reporting.search import write
        from nasrank.bench.reporting.search.report import answer
        from nasrank.bench.search_studies.folder import SearchFolder

        with console.status("writing the report"):
            summary = SearchSummary.of(*SearchFolder(folder).read())
            write(summary, folder)
        console.print(answer(summary), style="bold", highlight=False)
        files = "README.md, table.md, table.csv, summary.json and figures"
        console.print(f"report: {folder / 'index.html'}, and beside it {files}", soft_wrap=True, highlight=False)
