"""The commands `nasrank run`, `report` and `gate`: studies, from their files to their reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from nasrank.bench.commands.committed import committed_report, differences
from nasrank.bench.commands.options import (
    Address,
    CpusPerTrial,
    ExecutorName,
    GpusPerTrial,
    Jobs,
    Lease,
    Plugins,
    executor_of,
)
from nasrank.bench.commands.rank import gate_scores
from nasrank.bench.commands.watching import Bars, watched
from nasrank.bench.execution.looking_on.event_files import refuse_without_tensorboard
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nasrank.bench.commands.kinds import Asked
    from nasrank.bench.runner.output import Output
    from nasrank.bench.runner.results import Store
    from nasrank.bench.studies.study import Study

console = Terminal()

RUNS = Path("runs")
"""Where reports go when nobody says where."""

Judged = Annotated[Path, typer.Argument(help="A folder that 'nasrank run' or 'nasrank rank --out' wrote, or --json.")]
Folder = Annotated[Path, typer.Argument(help="A folder that 'nasrank run' wrote, such as runs/nb201.")]


def run(
    study: Annotated[str, typer.Argument(help="Name of a study that comes with nasrank, or path of a study file.")],
    data: Annotated[
        str | None, typer.Option(help="Run the study's variant on these data: nb201 with --data cifar10.")
    ] = None,
    jobs: Jobs = None,
    executor: ExecutorName = "local",
    address: Address = None,
    cpus_per_trial: CpusPerTrial = None,
    gpus_per_trial: GpusPerTrial = None,
    lease: Lease = None,
    device: Annotated[
        str | None,
        typer.Option(help="Train on this device, such as 'cuda', instead of the study's. Results name theirs."),
    ] = None,
    oracle: Annotated[
        str | None, typer.Option(help="Take the truth from this table instead of the one that the study names.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One seed, a fifth of the training and of the pool, to see how it looks.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Check the study against its data and say what it would take; train and write nothing."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where the report goes. Default: runs/STUDY[-ORACLE][-DEVICE][-quick].")
    ] = None,
    work: Annotated[Path, typer.Option(help="Where unfinished results are kept.")] = Path(".nasrank"),
    checkpoint_minutes: Annotated[
        float, typer.Option(min=0.0, help="A trial that is killed has lost so many minutes of training at most.")
    ] = 10.0,
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="Keep the trained super-nets, in 'supernets' beside the report.")
    ] = False,
    reuse: Annotated[
        Path | None,
        typer.Option(help="Take over what fits of another run's results, such as reports/nb201-strategies."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let go what nasrank wrote for another study where the report goes.")
    ] = False,
    looks: Annotated[
        int | None,
        typer.Option(min=1, help="Where seeds are added until enough is known: stop after so many looks at them."),
    ] = None,
    tensorboard: Annotated[
        Path | None,
        typer.Option(help="Write TensorBoard's event files of losses, violated pairs and tau to this folder."),
    ] = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Train the super-nets of a study, score them and write the report.

    What is finished is kept: the same command continues an interrupted run, also on another machine that has its
    folder; a study with other arms trains those alone, and one that is changed otherwise starts anew.

    Where the report goes, nothing is overwritten but an earlier report of this study. The reports that come with
    nasrank lie in reports/; '--out reports/nb201' makes one of them anew.
    """
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.commands.kinds import Asked
    from nasrank.bench.reporting.words import alike as alike_in_words
    from nasrank.bench.runner.arms import alike
    from nasrank.bench.runner.keeping import Keeping
    from nasrank.bench.runner.kept_supernets import FOLDER, SuperNetFolder
    from nasrank.bench.runner.output import Output
    from nasrank.bench.runner.resolve import resolve
    from nasrank.bench.runner.results import Store
    from nasrank.bench.runner.reuse import continued
    from nasrank.bench.runner.run import train_all
    from nasrank.bench.studies.kinds import SUPERNETS, kind_of
    from nasrank.bench.studies.study_file import find_study, load_study

    path = find_study(study, data)
    name = _named(path, quick, oracle, device)
    place = executor_of(
        executor,
        out or RUNS / name,
        jobs=jobs,
        address=address,
        cpus_per_trial=cpus_per_trial,
        gpus_per_trial=gpus_per_trial,
        lease=lease,
    )
    if (named := kind_of(path)) != SUPERNETS:
        refused = {
            "--oracle": oracle,
            "--reuse": reuse,
            "--replace": replace,
            "--dry-run": dry_run,
            "--keep-weights": keep_weights,
            "--tensorboard": tensorboard,
            "--looks": looks,
        }
        _run_kind(named, path, Asked(place, quick, out or RUNS / name, work, console), refused)
        return
    if tensorboard:
        refuse_without_tensorboard()
    loaded = load_study(path, oracle, device)
    loaded = loaded.quick() if quick else loaded
    if dry_run:
        _foresee(loaded, place.jobs)
        return
    output = Output(out or RUNS / name)
    with output.held():
        output.refuse(loaded, results=True, replace=replace)
        design, truth, _ = resolve(loaded)
        design = continued(design, truth, reuse) if reuse else design
        for group in alike(design.rows):
            console.print(f"note: {alike_in_words([design.rows[row].label for row in group])}")
        console.print(f"the report goes to {output.folder}", soft_wrap=True, highlight=False)
        store = Store(work / f"{name}-{design.common_fingerprint}")
        folder = SuperNetFolder(output.folder.resolve() / FOLDER) if keep_weights else None
        keeping = Keeping(checkpoint_minutes, folder)
        with store.writing(), watched(console, output.folder, at_once=True, tensorboard=tensorboard) as watch:
            train_all(design, truth, store, place, reuse=reuse, watch=watch, keeping=keeping, most_looks=looks)
            place.close()  # nobody need wait for the report
            _report(output, store, name, with_results=True, replace=replace)


def _foresee(study: Study, jobs: int) -> None:
    from nasrank.bench.commands.dry_run import arms, notes
    from nasrank.bench.runner.forecast import forecast

    with console.status("measuring a few steps of each kind"):
        found = forecast(study)
    console.print(study.title)
    console.print(arms(found))
    for line in notes(found, jobs):
        console.print(line, soft_wrap=True, highlight=False)


def _named(path: Path, quick: bool, oracle: str | None = None, device: str | None = None) -> str:
    """What a run of a study is called where it is kept; one that asks for a GPU lies apart from that of the CPU."""
    from nasrank.bench.studies.kinds import study_name

    name = study_name(path).replace("/", "-")
    kind = None if device in (None, "cpu") else str(device).partition(":")[0]
    return "-".join(filter(None, [name, oracle, kind, "quick" if quick else None]))


def _run_kind(name: str, path: Path, asked: Asked, refused: Mapping[str, object]) -> None:
    """Run a study of another kind; ValueError for options that only studies of super-nets have."""
    from nasrank.bench.commands.kinds import KINDS

    for option, given in refused.items():
        if given:
            raise ValueError(f"{path} is a study of the kind {name!r}, for which there is no {option}")
    KINDS.named(name)().run(path, asked)


def report(folder: Folder, plugin: Plugins = []) -> None:  # noqa: B006 - typer makes a new one
    """Make tables, figures and the page anew from stored results."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.commands.kinds import KINDS
    from nasrank.bench.runner.output import Output
    from nasrank.bench.runner.results import Store, results_in

    for kind in KINDS.values():
        if kind().owns(folder):
            kind().report(folder, console)
            return
    output = Output(folder)
    store = Store(results_in(folder))
    store.read()  # a folder without results is not locked
    with output.held():
        _report(output, store, folder.resolve().name)


def _report(output: Output, store: Store, name: str, *, with_results: bool = False, replace: bool = False) -> None:
    from nasrank.bench.analysis.ceiling import recompute
    from nasrank.bench.publishing import fill
    from nasrank.bench.reporting import terminal_table
    from nasrank.bench.runner.further_truths import further_truths, what_a_fetch_would_add
    from nasrank.bench.runner.kept_truth import keep_truth, truth_table
    from nasrank.bench.runner.run import completed
    from nasrank.bench.runner.truth import seeds_of_truth, truth_of

    design = store.read().design
    table = truth_table(design, store.folder)
    truth, seeds = truth_of(design.study, table), seeds_of_truth(design.study, table)

    output.refuse(design.study, results=with_results, replace=replace)
    with completed(store, truth, in_place=store.folder == output.folder, watch=Bars(console)) as whole:

        def copy_results(folder: Path) -> None:
            whole.copy(design, folder)
            keep_truth(design.study, table, folder)

        if not console.is_terminal:  # where nothing turns
            console.print("writing the report")
        with console.status("writing the report"):
            copy = copy_results if with_results or whole is not store else None
            others = further_truths(design.study)
            summary = fill(output, whole, truth, None, seeds, others, copy_results=copy, replace=replace)
    console.print(terminal_table(summary, recompute(design, truth)))
    if committed := committed_report(name, design.study, output.folder):
        console.print(differences(committed, summary).in_words(committed), soft_wrap=True, highlight=False)
    if more := what_a_fetch_would_add(design.study, str(output.folder)):
        console.print(more, soft_wrap=True, highlight=False)
    files = "README.md, table.md, table.csv, table.tex, summary.json and figures"
    console.print(f"report: {output.folder / 'index.html'}, and beside it {files}", soft_wrap=True, highlight=False)


def gate(
    folder: Judged,
    baseline: Annotated[Path, typer.Option(help="Reference file, such as reports/baselines/nb201-smoke.json.")],
    update: Annotated[bool, typer.Option("--update", help="Make this run the reference instead of comparing.")] = False,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Fail (exit code 1) when guidance stops helping or a ranking collapses, against an earlier run or rank report."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.judging.gate import is_rank_report

    if is_rank_report(folder):
        gate_scores(folder, baseline, update=update)
        return
    from nasrank.bench.analysis.gate import CONFIDENCE, compare, load_reference, reference_of, refuse_to_replace
    from nasrank.bench.foundation.json_files import write_json
    from nasrank.bench.runner.kept_truth import truth_table
    from nasrank.bench.runner.results import load_results, results_in
    from nasrank.bench.runner.truth import truth_of

    current = load_results(folder)
    if update:
        if baseline.exists():
            refuse_to_replace(baseline, current)
        write_json(baseline, reference_of(current))
        console.print(f"wrote {baseline}")
        return
    table = truth_table(current.design, results_in(folder))
    checks = compare(current, load_reference(baseline), truth_of(current.design.study, table))
    for check in checks:
        verdict = ("pass", "green") if check.passed else ("FAIL", "bold red")
        line = Text.assemble(verdict, f"  {check.strategy:<8} {check.kind:<9} {check.text}")
        console.print(line, soft_wrap=True, highlight=False)
    failed = sorted({check.strategy for check in checks if not check.passed})
    if failed:
        console.print(Text.assemble(("the ranking gate fails", "bold red"), f" for {', '.join(failed)}"))
        raise typer.Exit(1)
    console.print(f"the ranking gate passes; intervals are of {CONFIDENCE:.0%} over architectures and seeds")
