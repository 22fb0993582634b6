"""Study files: finding and reading them, and saying where a mistake is.

A study file is TOML. `load_study` validates it whole and reports every mistake with its key and line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nasrank.bench.foundation.devices import refuse_absent_device
from nasrank.bench.foundation.toml_files import read_toml
from nasrank.bench.oracles import RECIPES, imported
from nasrank.bench.studies.kinds import STUDIES, paper_files, study_name
from nasrank.bench.studies.study import Study

M = TypeVar("M", bound=BaseModel)


def find_study(name: str, data: str | None = None) -> Path:
    """The path of a study file, named by its path or, for those that come with nasrank, by its name.

    A name of one that comes with nasrank means that one, also where a file here is called so; `NAME.toml` means that
    file. With `data`, the variant of the study on these data: `nb201` on `cifar10` is `nb201-cifar10`.

    Raises:
        ValueError: there is no such study; the message lists those there are.
    """
    if data is not None:
        name = f"{name.removesuffix('.toml')}-{data}"
    for path in (Path(name), STUDIES / f"{name}.toml", Path(f"{name}.toml")):
        if path.is_file():
            return path
    known = ", ".join([*sorted(path.stem for path in STUDIES.glob("*.toml")), *map(study_name, paper_files())])
    raise ValueError(f"there is no study {name!r}; give the path of a study file or one of: {known}")


def load_study(path: Path, oracle: str | None = None, device: str | None = None) -> Study:
    """Read and validate a study file.

    Args:
        oracle: the table to take the truth from in place of the one that the file names; it has the same columns.
        device: to train on in place of the one that the file names.

    Raises:
        ValueError: it is not TOML, or a key is unknown, missing or has a wrong value; names file, line and key.
    """
    text, content, plain = read_toml(path)
    if oracle is not None and isinstance(content.get("truth"), dict):
        content["truth"]["oracle"] = oracle
        content["truth"].pop("coverage", None)  # it speaks of the other table
        plain = json.dumps(content, default=str)
    if device is not None and isinstance(content.get("training"), dict):
        content["training"]["device"] = device
        plain = json.dumps(content, default=str)
    study = validated(Study, path, text, plain, oracles=[*RECIPES, *imported()])
    try:
        refuse_absent_device(study.training.device)
    except ValueError as error:
        raise ValueError(_located(path, text, ["training", "device"], str(error))) from error
    return study


def load_as(path: Path, model: type[M]) -> M:
    """Read and validate a study file of another kind, whose grammar is this model; ValueError as of `load_study`."""
    text, content, _ = read_toml(path)
    content.pop("kind", None)
    return validated(model, path, text, json.dumps(content, default=str))


def validated(kind: type[M], path: Path, text: str, plain: str, **context: Any) -> M:
    """What a file holds, as a model of this kind; strictly, so that "12" is no number.

    Args:
        text: of the file, in which the lines of mistakes are looked for.
        plain: its content as JSON.
        context: what the model's validators need to know.

    Raises:
        ValueError: a key is unknown, missing or has a wrong value; names file, line and key of each.
    """
    try:
        return kind.model_validate_json(plain, strict=True, context=context)
    except ValidationError as error:
        raise ValueError(_listed([_explain(path, text, mistake) for mistake in error.errors()])) from error


MOST_MISTAKES = 10
"""That are listed."""

MOST_CHARACTERS = 400
"""Of the words about one of them: what was found there may be of any length."""


def _listed(mistakes: list[str]) -> str:
    more = len(mistakes) - MOST_MISTAKES
    return "\n".join([*mistakes[:MOST_MISTAKES], *([f"and {more} more mistakes"] if more > 0 else [])])


def _explain(path: Path, text: str, mistake: Any) -> str:
    message = {"extra_forbidden": "unknown key", "missing": "this key is missing"}.get(
        mistake["type"], mistake["msg"].removeprefix("Value error, ")
    )
    return _located(path, text, mistake["loc"], message)


def _located(path: Path, text: str, keys: Sequence[str | int], message: str) -> str:
    line = _line_of(text, [str(key) for key in keys])
    named = ".".join(key for key in keys if isinstance(key, str))
    words = f"{named}{': ' if named else ''}{message}"
    words = words if len(words) <= MOST_CHARACTERS else f"{words[:MOST_CHARACTERS]}..."
    return f"{path}{f', line {line}' if line else ''}: {words}"


def _line_of(text: str, keys: list[str]) -> int | None:
    """The line on which a key, or the key that holds it, stands, else the header of its table; None without any.

    A table of an array, such as the second `[[terms]]`, is known by its number, from 0.
    """
    table: list[str] = []
    arrays: Counter[str] = Counter()
    found: tuple[int, int] | None = None  # how many of the keys are on a line, and which it is
    for number, line in enumerate(text.split("\n"), start=1):
        if heading := re.match(r"\s*\[\[([\w.\-]+)\]\]", line):
            table = [*heading[1].split("."), str(arrays[heading[1]])]
            arrays[heading[1]] += 1
            written = table if len(table) <= len(keys) else table[:-1]
        elif heading := re.match(r"\s*\[([\w.\-]+)\]", line):
            table = heading[1].split(".")
            written = table
        elif entry := re.match(r"\s*([\w.\-]+)\s*=", line):
            written = [*table, *entry[1].split(".")]
        else:
            continue
        if written == keys:
            return number
        if written == keys[: len(written)] and (found is None or len(written) >= found[0]):
            found = len(written), number
    return found[1] if found else None
