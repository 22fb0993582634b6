"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Plugins = Annotated[
    list[str],
    typer.Option("--plugin", help="A module of yours, or a Python file, that registers strategies or other things."),
]
