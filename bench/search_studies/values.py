"""Numbers of architectures that a search study names: columns of tables, costs, proxies, files, scores of super-nets.

[parts.nb201.objectives.validation]
label = "validation accuracy after 12 epochs"
table = { oracle = "nats-bench-extract", dataset = "cifar10", split = "valid_25k", epochs = 12, seeds = "mean" }

[parts.nb201.objectives.flops]
cost = "multiply_adds"
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.bench.studies import bounds
from nasrank.bench.studies.sections import Section, Seed, TruthSection, Words

COSTS = {"parameters": "parameters", "multiply_adds": "multiply-adds"}


class ProxySection(Section):
    """A column of a file that `nasrank score` wrote."""

    file: Words
    """The file."""

    name: str
    """The proxy."""

    logarithm: bool = False
    """Whether its logarithm to the base 10 is meant, as for numbers over many orders of magnitude."""


class FileSection(Section):
    """A column of a Parquet or CSV file of anybody's, such as measured latencies."""

    file: Words
    """The file; a relative path is looked for here, then in the folder that NASRANK_DATA names."""

    column: Words
    """The numbers."""

    architectures: Words = "architecture"
    """The column that says of what."""

    higher_is_better: bool = False
    """Which way is better; latencies are better when they are low."""

    missing: float | None = None
    """A number that stands for none, such as -1."""


class SuperNetSection(Section):
    """Scores of a study's super-nets. Runs take its seeds in turn."""

    study: Words
    """The folder of a study that was run."""

    row: str
    """Whose super-nets."""

    guided: bool
    """Whether with landmarks."""

    score: str = "negative_loss"
    """What they rank by."""


class ValueSection(Section):
    """One number of every architecture, from one of these places."""

    label: Words = ""
    """What tables and figures call it; by default, where it is from."""

    table: TruthSection | None = None
    """A column of a table."""

    cost: Literal["parameters", "multiply_adds"] | None = None
    """What the space counts; lower is better."""

    proxy: ProxySection | None = None
    """A zero-cost proxy."""

    numbers: FileSection | None = None
    """A column of a file."""

    supernet: SuperNetSection | None = None
    """What super-nets score."""

    mean_over: Annotated[str, Field(exclude_if=lambda name: not name)] = ""
    """A decision over whose options the mean is meant, of those that are known: the value of a generator is one over
    its graphs, so that all of them have it."""

    rank: bool = False
    """Whether its rank among all architectures is meant, in percent of them: 0.01 for the best of 10,000."""

    @model_validator(mode="after")
    def _from_one_place(self) -> ValueSection:
        given = [name for name in ("table", "cost", "proxy", "numbers", "supernet") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"it is from one of table, cost, proxy, numbers or supernet, not from {' and '.join(given) or 'none'}"
            )
        return self

    @property
    def named(self) -> str:
        """What it is called."""
        if self.label:
            return self.label
        return f"rank by {self._kind}, %" if self.rank else self._kind

    @property
    def source(self) -> str | None:
        """The table, file or study that it is from; None where the space itself says it."""
        if self.table:
            return self.table.oracle
        if self.supernet:
            return self.supernet.study
        return (self.proxy and self.proxy.file) or (self.numbers and self.numbers.file) or None

    @property
    def _kind(self) -> str:
        if self.table:
            called = "" if self.table.metric == "accuracy" else f"{QUANTITIES[self.table.metric].label} on "
            return f"{called}{self.table.dataset}, {self.table.split.value}"
        if self.cost:
            return COSTS[self.cost]
        return (self.proxy and self.proxy.name) or (self.numbers and self.numbers.column) or "super-net"

    @property
    def higher_is_better(self) -> bool:
        """Which way is better, of the number as it is printed."""
        return not self.rank and self.source_higher_is_better

    @property
    def source_higher_is_better(self) -> bool:
        """Which way is better, of the number that a rank is by."""
        if self.cost:
            return False
        if self.table:
            return QUANTITIES[self.table.metric].direction == "higher"
        return self.numbers.higher_is_better if self.numbers else True


class LimitSection(ValueSection):
    """A bound that an architecture has to keep; what breaks it is never trained, and costs nothing."""

    most: float | None = None
    """The greatest number allowed, in the unit of the number itself."""

    least: float | None = None
    """The least."""

    @model_validator(mode="after")
    def _bounds_something(self) -> LimitSection:
        if self.most is None and self.least is None:
            raise ValueError("a limit has a most or a least")
        return self


class PriceSection(Section):
    """Simulated seconds of a question, on the benchmark's own GPU or TPU."""

    oracle: str
    """The table that has the times."""

    dataset: str
    """What is trained on."""

    split: Split
    """The images measured on; they imply the images trained on."""

    epochs: Annotated[int, Field(ge=1, le=bounds.MOST_EPOCHS)]
    """Length of the schedule whose time the table has."""

    trained: Annotated[int, Field(ge=1, le=bounds.MOST_EPOCHS)] | None = None
    """Epochs of it that are trained, where that is not all of them; every epoch takes equally long."""

    seeds: Seed | str = "mean"
    """One training seed, or a reduction."""

    evaluation: bool
    """Whether one pass over the images measured on is charged, too."""
