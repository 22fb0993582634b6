"""What reaches the terminal. Texts of others are never markup or control sequences, and every encoding will do."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

MOST_CHARACTERS = 1_900
"""Of a message: what is wrong with a file is not the whole file."""

_PLAIN = {"−": "-", "–": "-", "→": ">", "⇒": ">", "↑": "^", "↓": "v", "▼": "v", "×": "x", "±": "~", "…": "."}
"""What stands for our own symbols where an encoding lacks them, of the same width."""

_REPLACING = "nasrank.plain"


class Terminal(Console):
    """A console that takes texts as they are.

    Brackets in a label or a path are no markup, and characters that are not printed, such as the escape sequences that
    a file's name or licence may hold, are spelled out.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, **options)

    def print(self, *objects: Any, crop: bool = False, **options: Any) -> None:
        """As rich does it, but what is wider than the terminal goes on in its next line and is not cut off."""
        super().print(*objects, crop=crop, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)  # before anything is made of its width

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def printable(text: str) -> str:
    """The text with every character that is not printed, but for line feeds and tabs, spelled out as in Python."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in "\n\t" else ascii(one)[1:-1] for one in text)


def message(error: BaseException) -> str:
    """What an exception says, in words that a terminal can be given: printable, and no longer than need be."""
    text = printable(str(error)[: 2 * MOST_CHARACTERS]) or type(error).__name__
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."


def replace_what_cannot_be_encoded() -> None:
    """From now on, a character that the encoding of the terminal lacks is replaced instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_REPLACING)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(one, "?") for one in error.object[error.start : error.end]), error.end


codecs.register_error(_REPLACING, _replace)
