"""What reaches the terminal: texts as they are, in every encoding, and messages of bounded length (cases, 3 and 9)."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from rich.table import Table
from rich.text import Text

from nasrank.bench.foundation.terminal import MOST_CHARACTERS, Terminal, message, printable


def printed(*things: object) -> str:
    terminal = Terminal(file=io.StringIO(), width=200)
    terminal.print(*things)
    return terminal.file.getvalue()


@pytest.mark.parametrize("text", ["x [/] y", "GDAS [ours]", "[red]a[/red]", "[link=javascript:x]y[/link]", "C:\\[x]"])
def test_brackets_are_no_markup(text):
    assert printed(text) == f"{text}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\rb", "a\\rb"),
        ("\u202eabc", "\\u202eabc"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_is_not_printed_is_spelled_out(text, found):
    """In a text, in a cell of a table, and in those that have a style, of which rich itself drops some characters."""
    assert printable(text) == found
    grid = Table("column")
    grid.add_row(text)
    assert printed(text) == f"{found}\n"
    assert found in printed(grid)
    for thing in (Text(text, style="bold"), f"[{text}]", grid):
        assert all(one.isprintable() or one == "\n" for one in printed(thing))


def test_text_that_is_printed_stays():
    text = "τ −0.1 → 0.2 ▼\n\tЖ 漢字 é"
    assert printable(text) == text


@pytest.mark.parametrize("words", ["x" * 10**6, "\U0010ffff" * 10**6, "\x00" * 10**6])
def test_messages_are_bounded_and_printable(words):
    told = message(ValueError(words))
    assert len(told) <= MOST_CHARACTERS + len("...")
    assert told.isprintable()


def test_an_exception_without_words_is_told_by_its_name():
    assert message(TimeoutError()) == "TimeoutError"


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
def test_a_character_that_an_encoding_lacks_is_replaced(encoding):
    """In a process of its own, as only there the encoding is the terminal's."""
    code = (
        "from nasrank.bench.commands.main import console, main\nimport sys, typer, nasrank.bench.commands.main as cli\n"
        "cli.app = lambda: console.print('tau −0.1 → ▼ 漢 é')\n"
        "main()"
    )
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    expected = {"utf-8": "tau −0.1 → ▼ 漢 é", "ascii": "tau -0.1 > v ? ?"}.get(encoding, "tau -0.1 > v ? é")
    assert run.stdout.decode(encoding).strip() == expected
