"""The grammar of studies of zero-cost proxies: spaces, set-ups and truths, and what else is changed to see its effect.

kind = "proxies"
title = "..."

[[parts]]
name = "nb201"
space = "nb201"
data = "cifar10"
cells = "1000"
truths = { "CIFAR-10" = "nas-bench-201-means:accuracy/cifar10/test_50k/200/mean" }

[parts.network]
channels = 16
cells_per_stage = 5

[[changes]]
label = "batch 32"
part = "nb201"
cells = "200"
batch = 32
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nasrank.bench.studies.bounds import LONGEST_NAME, MOST_CHARACTERS

KIND = "proxies"

QUICK_CELLS, QUICK_SEEDS, QUICK_CHANGED_CELLS = 60, 2, 30

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=LONGEST_NAME)]
Text = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
Batch = Annotated[int, Field(ge=2, le=4_096)]
Seeds = Annotated[int, Field(ge=1, le=100)]

_OPTIONS = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Part(BaseModel):
    """One space with one set-up, and the truths that its scores are compared with."""

    model_config = _OPTIONS

    name: Name
    """Of its file of scores."""

    space: Text
    data: Text
    """Name of the images."""

    truths: Annotated[dict[Text, Text], Field(min_length=1)]
    """By label: TABLE:COLUMN. The first is the one that changes are compared by."""

    cells: Text = "1000"
    """How many architectures at random, `all`, or a file that names some."""

    draw_seed: Annotated[int, Field(ge=0)] = 0
    """Of the random order of architectures."""

    seeds: Seeds = 3
    """Initializations and batches."""

    proxies: list[Text] | None = None
    """Names; all that are registered, where they are not given."""

    batch: Batch = 64
    dead_branches: bool = False
    network: dict[str, int | float | str | bool] = {}
    """Options of the space's networks."""


class Change(BaseModel):
    """The set-up of a part with something changed, on fewer architectures."""

    model_config = _OPTIONS

    label: Text
    part: Name
    """The name of the part."""

    cells: Annotated[int, Field(ge=10)] = 200
    """How many of the part's architectures, the first."""

    seeds: Seeds = 1
    data: Text | None = None
    batch: Batch | None = None
    dead_branches: bool | None = None
    network: dict[str, int | float | str | bool] = {}
    """Options in which it differs."""

    def applied(self, part: Part) -> Part:
        """The part with what is changed."""
        changed = {name: getattr(self, name) for name in ("data", "batch", "dead_branches")}
        update: dict[str, Any] = {name: value for name, value in changed.items() if value is not None}
        return part.model_copy(
            update={
                **update,
                "cells": str(self.cells),
                "seeds": self.seeds,
                "network": {**part.network, **self.network},
            }
        )


class ProxyStudy(BaseModel):
    """A study of zero-cost proxies."""

    model_config = _OPTIONS

    title: Text
    parts: Annotated[list[Part], Field(min_length=1)]
    changes: list[Change] = []

    @model_validator(mode="after")
    def _names(self) -> Self:
        names = [part.name for part in self.parts]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two parts are called {twice[0]!r}")
        for change in self.changes:
            if change.part not in names:
                raise ValueError(f"{change.label!r} changes {change.part!r}, which is none of the parts {names}")
        return self

    def part(self, name: str) -> Part:
        """The part of this name."""
        return next(part for part in self.parts if part.name == name)

    def quick(self) -> Self:
        """With few architectures and seeds, to see how it looks."""
        parts = [
            part.model_copy(update={"cells": str(QUICK_CELLS), "seeds": min(part.seeds, QUICK_SEEDS)})
            for part in self.parts
        ]
        changes = [one.model_copy(update={"cells": min(one.cells, QUICK_CHANGED_CELLS)}) for one in self.changes]
        return self.model_copy(update={"parts": parts, "changes": changes})
