"""Files in TOML that users write, in whatever editor: read as UTF-8, or refused in a sentence that says where."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

_LARGEST = 2**18
_MOST_DOTS = 100


def read_toml(path: Path) -> tuple[str, dict[str, Any], str]:
    """The text of a file, what it holds, and the same as JSON, dates as texts.

    A mark of UTF-8 at its beginning and the line ends of any system are fine.

    Raises:
        ValueError: it is not in UTF-8, not TOML, nested too deeply, or so made that reading it would take too long;
            names file and, where there is one, line.
        OSError: it cannot be read.
    """
    text = _text_of(path)
    try:
        content = tomllib.loads(text)
        return text, content, json.dumps(content, default=str)
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply") from None
    except ValueError as error:  # besides what is not TOML, a number of thousands of digits
        raise ValueError(f"{path}: {error}") from error


def _text_of(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path}: it is larger than {_LARGEST:,} bytes")
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{path}: it is in UTF-16; save it in UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line}: it is not in UTF-8 ({error.reason}); save it in UTF-8") from error
    for number, written in enumerate(text.splitlines(), start=1):
        if written.count(".") > _MOST_DOTS:  # as one key, it would take time with their cube
            raise ValueError(f"{path}, line {number}: it has more than {_MOST_DOTS} dots")
    return text.replace("\r\n", "\n")
