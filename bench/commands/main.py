"""The command `nasrank`. Mistakes of the caller end in one line and exit code 2; a gate that fails in exit code 1.

So does what his files, his disk or his system did; a traceback is a mistake of ours.

Heavy imports are inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.commands.across import across
from nasrank.bench.commands.fetch import fetch
from nasrank.bench.commands.find import find
from nasrank.bench.commands.frame import frame, overview
from nasrank.bench.commands.new_study import new, studies
from nasrank.bench.commands.options import Plugins, executors_closed
from nasrank.bench.commands.rank import rank
from nasrank.bench.commands.recommend import recommend
from nasrank.bench.commands.score import score
from nasrank.bench.commands.search import search
from nasrank.bench.commands.show import show
from nasrank.bench.commands.status import status
from nasrank.bench.commands.studies import gate, report, run
from nasrank.bench.commands.tables import tables
from nasrank.bench.commands.tabulate import tabulate
from nasrank.bench.commands.work import work
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.interrupts import ended_once
from nasrank.bench.foundation.terminal import Terminal, message, replace_what_cannot_be_encoded

app = typer.Typer(
    help="Measure how well weight-sharing super-nets rank architectures, before and after landmark guidance.",
    epilog="Real benchmark data are read from the folder that NASRANK_DATA names. Start with: nasrank run nb201",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(tables, name="tables")
app.add_typer(new, name="new")
COMMANDS = (
    studies,
    run,
    work,
    status,
    report,
    frame,
    overview,
    across,
    rank,
    gate,
    fetch,
    tabulate,
    score,
    find,
    show,
    recommend,
    search,
)
for command in COMMANDS:
    app.command()(command)
console = Terminal()


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
def spaces(
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """List the search spaces: their papers, how many architectures they have, what is chosen, and tables of them."""
    plugins.use(plugin)  # before anything looks into a registry
    from rich.padding import Padding
    from rich.text import Text

    from nasrank.bench.commands.spaces import descriptions

    for name, lines in descriptions().items():
        console.print(Text(name, style="bold"))
        for line in lines:
            console.print(Padding(Text(line), (0, 0, 0, 2)))


def main() -> None:
    """Run the command line."""
    replace_what_cannot_be_encoded()
    try:
        try:
            with ended_once(), executors_closed():
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
