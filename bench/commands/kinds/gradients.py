"""Studies of gradients before training."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.commands.kinds.kind import KINDS, Asked, Kind
from nasrank.bench.foundation.terminal import Terminal


@KINDS.register
class Gradients(Kind):
    """Norms of gradients at initialization over depths and layers; see `nasrank.bench.gradient_studies`."""

    name = "gradients"

    def run(self, path: Path, asked: Asked) -> None:
        """All at once and in one process, as it takes a minute or two."""
        from nasrank.bench.analysis.gradient_summary import GradientSummary
        from nasrank.bench.gradient_studies.folder import GradientFolder
        from nasrank.bench.gradient_studies.grammar import GradientStudy
        from nasrank.bench.gradient_studies.measured import measure
        from nasrank.bench.reporting.gradient_studies import FILES
        from nasrank.bench.reporting.predictors.files import refuse_others
        from nasrank.bench.studies.study_file import load_as

        study = load_as(path, GradientStudy)
        study = study.quick() if asked.quick else study
        refuse_others(asked.out, FILES, GradientSummary.is_report)
        asked.console.print(f"the report goes to {asked.out}", soft_wrap=True, highlight=False)
        with asked.console.status("taking gradients"):
            measured = measure(study)
        GradientFolder(asked.out).keep(study, measured)
        self.report(asked.out, asked.console)

    def owns(self, folder: Path) -> bool:
        from nasrank.bench.gradient_studies.folder import GradientFolder

        return GradientFolder(folder).is_there

    def report(self, folder: Path, console: Terminal) -> None:
        from nasrank.bench.analysis.gradient_summary import GradientSummary
        from nasrank.bench.gradient_studies.folder import GradientFolder
        from nasrank.bench.reporting.gradient_studies import write
        from nasrank.bench.reporting.gradient_studies.report import answer

        with console.status("writing the report"):
            summary = GradientSummary.of(*GradientFolder(folder).read())
            write(summary, folder)
        console.print(answer(summary), style="bold", highlight=False)
        files = "README.md, table.csv, summary.json and figures"
        console.print(f"report: {folder / 'index.html'}, and beside it {files}", soft_wrap=True, highlight=False)
