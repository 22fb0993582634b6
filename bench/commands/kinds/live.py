"""Studies of searchers that train what they look at."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.commands.kinds.kind import KINDS, Asked, Kind
from nasrank.bench.commands.watching import watched
from nasrank.bench.foundation.terminal import Terminal


@KINDS.register
class Live(Kind):
    """Searches whose every evaluation trains a network; see `nasrank.bench.live_search`."""

    name = "live"

    def run(self, path: Path, asked: Asked) -> None:
        from nasrank.bench.analysis.live_summary import LiveSummary
        from nasrank.bench.live_search.folder import LiveFolder
        from nasrank.bench.live_search.grammar import LiveStudy
        from nasrank.bench.live_search.run import SearchStore, search_all
        from nasrank.bench.reporting.live_search import FILES
        from nasrank.bench.reporting.predictors.files import refuse_others
        from nasrank.bench.studies.study_file import load_as

        study = load_as(path, LiveStudy)
        study = study.quick() if asked.quick else study
        refuse_others(asked.out, FILES, LiveSummary.is_report)
        asked.console.print(f"the report goes to {asked.out}", soft_wrap=True, highlight=False)
        store = SearchStore(asked.work / f"live-{asked.out.name}")
        with watched(asked.console, asked.out) as watch:
            search_all(study, store, asked.executor, watch=watch)
            asked.executor.close()
            LiveFolder(asked.out).keep(study, store)
            self.report(asked.out, asked.console)

    def owns(self, folder: Path) -> bool:
        from nasrank.bench.live_search.folder import LiveFolder

        return LiveFolder(folder).is_there

    def report(self, folder: Path, console: Terminal) -> None:
        from nasrank.bench.analysis.live_summary import LiveSummary
        from nasrank.bench.live_search.folder import LiveFolder
        from nasrank.bench.reporting.live_search import write
        from nasrank.bench.reporting.live_search.report import answer

        with console.status("writing the report"):
            summary = LiveSummary.of(*LiveFolder(folder).read())
            write(summary, folder)
        console.print(answer(summary), style="bold", highlight=False)
        files = "README.md, table.csv, summary.json and the figure"
        console.print(f"report: {folder / 'index.html'}, and beside it {files}", soft_wrap=True, highlight=False)
