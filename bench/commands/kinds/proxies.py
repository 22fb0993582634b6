"""Studies of zero-cost proxies: `nasrank run zero-cost` measures what is missing and writes the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nasrank.bench.commands.kinds.kind import KINDS, Asked, Kind
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from nasrank.bench.analysis.proxies_summary import ProxySummary

RESULTS = "results"


@KINDS.register
class Proxies(Kind):
    """See the module."""

    name = "proxies"

    def run(self, path: Path, asked: Asked) -> None:
        """Measure all parts and changes; what `nasrank score` has measured in the same work folder is not repeated."""
        from nasrank.bench.analysis.proxies_summary import is_report
        from nasrank.bench.commands.watching import watched
        from nasrank.bench.reporting.predictors.files import refuse_others
        from nasrank.bench.reporting.proxies import FILES
        from nasrank.bench.scoring.study_run import run_study
        from nasrank.bench.studies.proxy_study import ProxyStudy
        from nasrank.bench.studies.study_file import load_as

        study = load_as(path, ProxyStudy)
        study = study.quick() if asked.quick else study
        refuse_others(asked.out, FILES, is_report)
        asked.console.print(f"the report goes to {asked.out}", soft_wrap=True, highlight=False)
        with watched(asked.console, asked.out) as watch:
            run_study(
                study,
                asked.out / RESULTS,
                asked.work,
                asked.executor,
                watch=watch,
                say=asked.console.status,
            )
            asked.executor.close()
            self.report(asked.out, asked.console)

    def owns(self, folder: Path) -> bool:
        """Whether its results are of such a study."""
        from nasrank.bench.scoring.study_run import is_results

        return is_results(folder / RESULTS)

    def report(self, folder: Path, console: Terminal) -> None:
        """Write the report anew; the truths are looked up in their tables."""
        from nasrank.bench.reporting.proxies import write
        from nasrank.bench.reporting.proxies.writing import answer

        with console.status("writing the report"):
            summary = _summary_of(folder / RESULTS)
            write(summary, folder)
        console.print(answer(summary), style="bold", highlight=False)
        files = "README.md, table.md, table.csv, summary.json and figures"
        console.print(f"report: {folder / 'index.html'}, and beside it {files}", soft_wrap=True, highlight=False)


def _summary_of(results: Path) -> ProxySummary:
    from nasrank.bench.analysis.proxies import analyse
    from nasrank.bench.scoring.study_run import read_results
    from nasrank.bench.scoring.truths import truth_of
    from nasrank.spaces import get_space

    sheets = read_results(results)
    truths = {}
    for part in sheets.study.parts:
        space = get_space(part.space)
        architectures = [space.parse(text) for text in sheets.parts[part.name].architectures]
        truths[part.name] = {label: truth_of(text, part.space, architectures) for label, text in part.truths.items()}
    return analyse(sheets, truths)
