"""What a report says of the arms of a study beside their ranking metrics, as plain values: parts of a `Summary`."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = float("nan")


@dataclass(frozen=True)
class Value:
    """A mean over seeds with its confidence interval, in the metric's unit; NaN where there is none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Find:
    """What a search found in one seed, or the mean over seeds; NaN where something is missing.

    Attributes:
        accuracy: in the truth's unit.
        regret: truth of the best architecture there is, minus this one's.
        rank: of its truth, 1 is the best. Both count the architectures whose truth is known.
        surpasses: probability that random search of 10 draws from those finds nothing better.
        architecture: in the space's notation; empty for a mean, also one over equal scores.
        missing: why there are no numbers; empty when there are.
    """

    accuracy: float = NOTHING
    regret: float = NOTHING
    rank: float = NOTHING
    surpasses: float = NOTHING
    architecture: str = ""
    missing: str = ""


@dataclass(frozen=True)
class SearchRow:
    """What one arm finds, without and with landmarks.

    Attributes:
        way: how it is found: "derived", the architecture of the whole space that its own parameters stand for or that
            evolution found; else one of the pool: see `nasrank.bench.analysis.search`.
        before_by_seed: what the mean `before` is of; likewise after.
    """

    strategy: str
    way: str
    before: Find
    after: Find
    before_by_seed: tuple[Find, ...]
    after_by_seed: tuple[Find, ...]


@dataclass(frozen=True)
class Contrast:
    """How far apart an arm's own parameters hold the architectures of the pool, without and with landmarks.

    Attributes:
        before: how many times as much the most preferred weighs as the least, each the product of the weights of its
            options; geometric mean over seeds, NaN where one failed. Likewise `after`.
    """

    strategy: str
    before: float
    after: float


@dataclass(frozen=True)
class Derivation:
    """The architecture that an arm derives during training, one row a seed that finished.

    Attributes:
        after: whether it was trained with the study's terms.
        fractions: of training, at which it was derived.
        accuracy: truth of it, `(seeds, fractions)`; NaN where that is not known, or there was no
            architecture yet.
        skips: how many of its decisions chose a skip connection, `(seeds, fractions)`; empty in a space without them.
        derived: how many architectures there are in all, whether or not their truth is known.
    """

    strategy: str
    after: bool
    fractions: tuple[float, ...]
    accuracy: tuple[tuple[float, ...], ...]
    skips: tuple[tuple[float, ...], ...]
    derived: int


@dataclass(frozen=True)
class Change:
    """Tau of a variant minus that of its base, the arm that it is compared with: same seeds, same pool.

    Attributes:
        changed: in what the two differ: "strategy", "switches" or names of sections of the study.
        before: without landmarks; None where both are the same trials.
        after: with landmarks.
    """

    variant: str
    base: str
    changed: tuple[str, ...]
    before: Value | None
    after: Value


@dataclass(frozen=True)
class EstimatorRow:
    """Tau of one of the scores that the trials of an arm stored, without and with landmarks.

    Attributes:
        gain_before: tau by this score minus tau by the one that the arm is ranked by, without landmarks; None for
            that score itself. Likewise `gain_after`, with landmarks.
    """

    strategy: str
    score: str
    before: Value
    after: Value
    delta: Value
    gain_before: Value | None = None
    gain_after: Value | None = None


@dataclass(frozen=True)
class Spread:
    """A mean over runs and their standard deviation; NaN where it is not known, as with a single run."""

    mean: float
    deviation: float = NOTHING


@dataclass(frozen=True)
class Published:
    """Figures of others, to be read beside a study's own: tau, or stand-alone accuracies of what a search found.

    Attributes:
        what: which runs or architectures they are of.
        protocol: how they came about.
        source: where they were read.
        score: what architectures were ranked by, where that is not the accuracy.
        after: tau with landmarks, where `tau` is without.
        validation: accuracy in percent, like `test`.
        surpasses: probability that random search finds nothing better than what a search ended with.
        others: values in [-1, 1] by what they are called; those that are called like a metric stand beside it.
        statistics: of the super-net's normalization, where the figures are about these; they stand beside the arm that
            has them, if there is one.
    """

    strategy: str
    what: str
    protocol: str
    source: str
    score: str = "accuracy"
    tau: Spread | None = None
    after: Spread | None = None
    validation: Spread | None = None
    test: Spread | None = None
    surpasses: Spread | None = None
    others: tuple[tuple[str, Spread], ...] = ()
    statistics: str = ""
