"""Study files: finding and reading them, and saying where a mistake is.

A study file is TOML. `load_study` validates it whole and reports every mistake with its key and line.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.oracles import RECIPES, imported
from bench.runner.study import Study

STUDIES = Path(__file__).parent.parent / "studies"


def find_study(name: str, data: str | None = None) -> Path:
    """The path of a study file, named by its path or, for those that come with nasrank, by its name.

    With `data`, the variant of the study on these data: `nb201` on `cifar10` is `nb201-cifar10`.

    Raises:
        ValueError: there is no such study; the message lists those there are.
    """
    if data is not None:
        name = f"{name.removesuffix('.toml')}-{data}"
    for path in (Path(name), Path(f"{name}.toml"), STUDIES / f"{name}.toml"):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.stem for path in STUDIES.glob("*.toml")))
    raise ValueError(f"there is no study {name!r}; give the path of a study file or one of: {known}")


def load_study(path: Path, oracle: str | None = None) -> Study:
    """Read and validate a study file.

    Args:
        oracle: the table to take the truth from in place of the one that the file names; it has the same columns.

    Raises:
        ValueError: it is not TOML, or a key is unknown, missing or has a wrong value; names file, line and key.
    """
    text = path.read_text(encoding="utf-8")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    if oracle is not None and isinstance(content.get("truth"), dict):
        content["truth"]["oracle"] = oracle
        content["truth"].pop("coverage", None)  # it speaks of the other table
    try:
        return Study.model_validate_json(  # strictly: "12" is not a number
            json.dumps(content, default=str), strict=True, context={"oracles": [*RECIPES, *imported()]}
        )
    except ValidationError as error:
        raise ValueError("\n".join(_explain(path, text, mistake) for mistake in error.errors())) from error


def _explain(path: Path, text: str, mistake: Any) -> str:
    keys = [str(key) for key in mistake["loc"] if isinstance(key, str)]
    message = {"extra_forbidden": "unknown key", "missing": "this key is missing"}.get(
        mistake["type"], mistake["msg"].removeprefix("Value error, ")
    )
    line = _line_of(text, keys)
    return f"{path}{f', line {line}' if line else ''}: {'.'.join(keys)}{': ' if keys else ''}{message}"


def _line_of(text: str, keys: list[str]) -> int | None:
    """The line on which a key stands, else the header of its table; None where neither is written."""
    table: list[str] = []
    header: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := re.match(r"\s*\[([\w.\-]+)\]", line):
            table = heading[1].split(".")
            header = number if table == keys[: len(table)] else header
        elif (entry := re.match(r"\s*([\w\-]+)\s*=", line)) and [*table, entry[1]] == keys:
            return number
    return header
