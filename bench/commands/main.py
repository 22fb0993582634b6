"""The command `nasrank`. Mistakes of the caller end in one line and exit code 2; a gate that fails in exit code 1.

So does what his files, his disk or his system did; a traceback is a mistake of ours.

Heavy imports are inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as Grid
from rich.text import Text

from nasrank.bench.commands.tables import tables
from nasrank.bench.commands.tabulate import tabulate
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.durations import duration
from nasrank.bench.foundation.interrupts import ended_once
from nasrank.bench.foundation.terminal import Terminal, message, replace_what_cannot_be_encoded

if TYPE_CHECKING:
    from nasrank.bench.ranking.arrays import FloatArray
    from nasrank.bench.reporting.output import Output
    from nasrank.bench.runner.design import Design
    from nasrank.bench.runner.results import Store

app = typer.Typer(
    help="Measure how well weight-sharing super-nets rank architectures, before and after landmark guidance.",
    epilog="Real benchmark data are read from the folder that NASRANK_DATA names. Start with: nasrank run nb201",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(tables, name="tables")
app.command()(tabulate)
console = Terminal()

Plugins = Annotated[
    list[str],
    typer.Option("--plugin", help="A module of yours, or a Python file, that registers strategies or other things."),
]
Folder = Annotated[Path, typer.Argument(help="A folder that 'nasrank run' wrote, such as reports/nb201.")]


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        console.print(f"nasrank {version('nasrank')}", highlight=False)
        raise typer.Exit


@app.callback()
def _nasrank(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version  # its callback has answered


@app.command()
def run(
    study: Annotated[str, typer.Argument(help="Name of a study that comes with nasrank, or path of a study file.")],
    data: Annotated[
        str | None, typer.Option(help="Run the study's variant on these data: nb201 with --data cifar10.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Worker processes, one thread each. Default: all cores.")
    ] = None,
    oracle: Annotated[
        str | None, typer.Option(help="Take the truth from this table instead of the one that the study names.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One seed, a fifth of the training and of the pool, to see how it looks.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where the report goes. Default: reports/STUDY[-ORACLE][-quick].")
    ] = None,
    work: Annotated[Path, typer.Option(help="Where unfinished results are kept.")] = Path(".nasrank"),
    reuse: Annotated[
        Path | None,
        typer.Option(help="Take over what fits of another run's results, such as reports/nb201-strategies."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let go what nasrank wrote for another study where the report goes.")
    ] = False,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Train the super-nets of a study, score them and write the report.

    What is finished is kept: the same command continues an interrupted run, also on another machine that has its
    folder; a study with other arms trains those alone, and one that is changed otherwise starts anew.

    Where the report goes, nothing is overwritten but an earlier report of this study.
    """
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.reporting.explanations import alike_in_words
    from nasrank.bench.reporting.output import Output
    from nasrank.bench.runner.arms import alike
    from nasrank.bench.runner.resolve import resolve
    from nasrank.bench.runner.results import Store
    from nasrank.bench.studies.study_file import find_study, load_study

    path = find_study(study, data)
    loaded = load_study(path, oracle)
    name = "-".join(filter(None, [path.stem, oracle, "quick" if quick else None]))
    loaded = loaded.quick() if quick else loaded
    output = Output(out or Path("reports") / name)
    with output.held():
        output.refuse(loaded, results=True, replace=replace)
        design, truth, _ = resolve(loaded)
        for group in alike(design.arms):
            console.print(f"note: {alike_in_words([design.arms[arm].label for arm in group])}")
        store = Store(work / f"{name}-{design.common_fingerprint}")
        with store.writing():
            _train(design, truth, store, jobs or os.cpu_count() or 1, reuse)
            _report(output, store, with_results=True, replace=replace)


def _train(design: Design, truth: FloatArray, store: Store, jobs: int, reuse: Path | None) -> None:
    """Run what the store lacks of a study."""
    from nasrank.bench.runner.chosen import with_chosen_landmarks
    from nasrank.bench.runner.estimate import estimate_seconds
    from nasrank.bench.runner.execute import execute

    while True:
        store.begin(design)
        if reuse and (taken := store.adopt(_results(reuse), design)):
            console.print(f"{taken} trials taken over from {reuse}")
        known, design = design, with_chosen_landmarks(design, store)
        if design != known:
            continue  # what they choose may be stored, too
        pending = [trial for trial in design.trials if not store.has(trial, design)]
        if not pending:
            console.print(f"all {len(design.trials)} trials are finished")
            break
        title = Text(design.study.title, style="bold")
        console.print(title.append(f": {len(design.trials)} trials, results in {store.folder}", style="not bold"))
        with console.status("measuring a few steps"):
            seconds = estimate_seconds(design, truth, pending)
        workers = min(jobs, len(pending))
        console.print(f"{len(pending)} trials to run, about {duration(seconds / workers)} with {workers} worker(s)")
        if design.waiting:
            console.print(f"then, with the landmarks that these choose: {', '.join(design.waiting)}")
        execute(design, truth, store, jobs=workers, console=console)


@app.command()
def report(folder: Folder, plugin: Plugins = []) -> None:  # noqa: B006 - typer makes a new one
    """Make tables, figures and the page anew from stored results."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.reporting.output import Output
    from nasrank.bench.runner.results import Store

    output = Output(folder)
    store = Store(_results(folder))
    store.read()  # a folder without results is not locked
    with output.held():
        _report(output, store)


def _report(output: Output, store: Store, *, with_results: bool = False, replace: bool = False) -> None:
    from nasrank.bench.analysis.ceiling import recompute
    from nasrank.bench.reporting import terminal_table
    from nasrank.bench.reporting.report import fill
    from nasrank.bench.runner.kept_truth import keep_truth, truth_table
    from nasrank.bench.runner.truth import seeds_of_truth, truth_of

    design = store.read().design
    table = truth_table(design, store.folder)
    truth, seeds = truth_of(design.study, table), seeds_of_truth(design.study, table)

    def copy_results(folder: Path) -> None:
        store.copy(design, folder)
        keep_truth(design.study, table, folder)

    with console.status("writing the report"):
        copy = copy_results if with_results else None
        summary = fill(output, store, truth, seeds=seeds, copy_results=copy, replace=replace)
    console.print(terminal_table(summary, recompute(design, truth)))
    files = "index.html, table.md, table.csv, search.csv, table.tex, summary.json and figures"
    console.print(f"report in {output.folder}: {files}")


@app.command()
def gate(
    folder: Folder,
    baseline: Annotated[Path, typer.Option(help="Reference file, such as reports/baselines/nb201-smoke.json.")],
    update: Annotated[bool, typer.Option("--update", help="Make this run the reference instead of comparing.")] = False,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Fail (exit code 1) when guidance stops helping or a strategy's ranking collapses, against an earlier run."""
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.analysis.gate import CONFIDENCE, compare, load_reference, reference_of, refuse_to_replace
    from nasrank.bench.runner.kept_truth import truth_table
    from nasrank.bench.runner.results import Store, write_json
    from nasrank.bench.runner.truth import truth_of

    current = Store(_results(folder)).read()
    if update:
        if baseline.exists():
            refuse_to_replace(baseline, current)
        write_json(baseline, reference_of(current))
        console.print(f"wrote {baseline}")
        return
    table = truth_table(current.design, _results(folder))
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


@app.command()
def spaces() -> None:
    """List the search spaces."""
    from nasrank.spaces import SPACES

    grid = Grid("space", "architectures", "up to isomorphism", "decisions")
    for space in SPACES.values():
        decisions = [f"{decision.name}: {', '.join(decision.options)}" for decision in space.decisions]
        grid.add_row(space.name, f"{len(space):,}", f"{space.classes:,}", "\n".join(decisions))
    console.print(grid)


def _results(folder: Path) -> Path:
    """Stored results lie beside their report, or are the folder itself."""
    return folder / "results" if (folder / "results").is_dir() else folder


def main() -> None:
    """Run the command line."""
    replace_what_cannot_be_encoded()
    try:
        try:
            with ended_once():
                app()
        finally:
            if sys.stdout is not None:  # None where it was closed beforehand
                sys.stdout.flush()  # else a full disk is noticed when nobody can say so any more
    except BrokenPipeError:  # whoever read has read enough, as 'head' does
        _discard_unwritable_output()
        sys.exit(1)
    except ValueError as error:
        _fail(message(error))
    except OSError as error:
        _discard_unwritable_output()
        _fail(f"{message(error)}{_hint(error)}")
    except MemoryError as error:
        _fail(f"the memory does not suffice; with fewer --jobs less is needed at once ({message(error)})")
    except RecursionError:
        _fail("what was read is nested too deeply")
    except RuntimeError as error:
        if not _is_about_memory(error):
            raise
        _fail(f"the memory does not suffice for these networks and images: {message(error)}")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _tell("interrupted; give the same command again: what was finished is kept")
        raise


INTERRUPTED = 130
"""Exit code that typer makes of Ctrl-C."""


def _discard_unwritable_output() -> None:
    """What is left of it, which Python would try to write once more when it ends."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(text: str) -> None:
    _tell(f"nasrank: {text}", style="red")
    sys.exit(2)


def _tell(text: str, style: str | None = None) -> None:
    Terminal(stderr=True).print(text, style=style, soft_wrap=True, highlight=False)


def _hint(error: OSError) -> str:
    """What to do where it is the cache folder that cannot be used."""
    from nasrank.bench.foundation.files import cache_folder

    named = isinstance(error.filename, str | bytes)
    if named and Path(os.fsdecode(error.filename)).is_relative_to(cache_folder(None)):
        return "; name another cache folder with NASRANK_CACHE"
    return ""


def _is_about_memory(error: RuntimeError) -> bool:
    """Whether torch could not get memory; on a processor it has no exception of its own for that."""
    return "out of memory" in str(error).lower() or "can't allocate memory" in str(error)


if __name__ == "__main__":
    main()
