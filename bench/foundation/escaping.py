r"""Texts of users and of files as what they are in every format of a report: never markup, a command or a formula.

Titles and labels come from study files, licences and protocols from tables, processors and reasons from results. One
function for each format, used for all texts alike, so that none has to be told apart from our own. The page escapes by
its templates, figures draw outlines, and the terminal has `nasrank.bench.foundation.terminal`.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any


def csv_number(value: float) -> str:
    """With six digits; empty where there is none."""
    return "" if value != value else f"{value:.6g}"


def one_line(text: str) -> str:
    """Line breaks and tabs as spaces, and other characters that are not printed spelled out as in Python."""
    if text.isprintable():
        return text
    return "".join(map(_printed, text))


def _printed(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return " " if character.isspace() else ascii(character)[1:-1]


_MARKDOWN = re.compile(r"[\\`*~]|(?<![^\W_])_|_(?![^\W_])|(?<=\])[(\[:]")
"""What sets code, emphasis, links and what they lead to. An underscore within a word and a bracket alone do nothing."""

_ENTITY = re.compile(r"&(?=#?\w+;)|<")

_BLOCK = re.compile(r"[#>+=-]|\d+(?=[.)])")


def markdown(text: str) -> str:
    """For a paragraph, or what follows something else in a line."""
    text = _MARKDOWN.sub(r"\\\g<0>", one_line(text))
    return _ENTITY.sub(lambda found: "&lt;" if found[0] == "<" else "&amp;", text)


def markdown_cell(text: str) -> str:
    """For a cell of a table."""
    return markdown(text).replace("|", "\\|")


def markdown_item(text: str) -> str:
    """For an item of a list, which a mark at its beginning would make a heading, a quotation or a list of its own."""
    text = markdown(text).lstrip()
    mark = _BLOCK.match(text)
    if mark is None:
        return text
    digits = mark[0] if mark[0].isdigit() else ""
    return f"{digits}\\{text[len(digits) :]}"


_LATEX = str.maketrans(
    {
        **{one: f"\\{one}" for one in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": "$<$",
        ">": "$>$",
        "|": "$|$",
        "−": "$-$",
        "→": r"$\to$",
        "⇒": r"$\Rightarrow$",
        "±": r"$\pm$",
        "↑": r"$\uparrow$",
        "↓": r"$\downarrow$",
    }
)


def latex(text: str) -> str:
    """For running text, a caption or a cell."""
    return one_line(text).translate(_LATEX)


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_QUOTE = "'"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A whole file; a text that a spreadsheet would compute has an apostrophe before it, as there, a number has not.

    So has one that begins with an apostrophe, for `text_of_cell` to tell them apart.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _csv_cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    marked = value.startswith((*_FORMULA, _QUOTE)) and not _is_number(value)
    return (_QUOTE if marked else "") + one_line(value)


def text_of_cell(cell: str) -> str:
    """The text that `csv_text` made a cell of, in one line."""
    return cell.removeprefix(_QUOTE)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
