"""Files of ours in JSON: one key a line, written whole or not at all, and read with what is wrong in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import replacing


def parse(text: str) -> Any:
    """What a text in JSON holds; ValueError when it is none, is nested too deeply, or gives a key twice."""
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def is_of_kind(text: str, kind: str) -> bool:
    """Whether a text in JSON says that it is of this kind, by its key `kind`."""
    try:
        content = parse(text)
    except ValueError:
        return False
    return isinstance(content, dict) and content.get("kind") == kind


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:100]!r} is there twice")
    return found


def read_json(path: Path) -> Any:
    """Read a file; ValueError when it is missing, not JSON, or gives a key twice."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"{path} does not exist") from error
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def write_json(path: Path, content: Any) -> None:
    """Write one key a line, and arrays of numbers on one line, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(layout(content) + "\n", encoding="utf-8", newline="\n")


def layout(content: Any, indent: str = "") -> str:
    """Of plain values: one key a line, and arrays of numbers on one line."""
    deeper = indent + " "
    if isinstance(content, dict) and content:
        rows = (f"{deeper}{json.dumps(str(key))}: {layout(value, deeper)}" for key, value in content.items())
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(content, list) and any(isinstance(value, dict | list) for value in content):
        return "[\n" + ",\n".join(deeper + layout(value, deeper) for value in content) + f"\n{indent}]"
    return json.dumps(content)
