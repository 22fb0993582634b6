"""Measuring in a worker: networks and a batch of a seed, and what proxies find for one architecture after another.

The batch of a seed is the same for all architectures, and the weights of an architecture and a seed are the same for
all proxies and set-ups that build the same network. A second seed draws both anew: what two seeds say of each other is
a proxy's own reliability.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from nasrank.bench.data import load_images
from nasrank.bench.execution import remote
from nasrank.bench.foundation.environment import processor
from nasrank.bench.foundation.seeds import Purpose, generator, torch_seed
from nasrank.bench.scoring.classes import Unit
from nasrank.bench.scoring.setup import SetUp
from nasrank.bench.scoring.store import Measurement
from nasrank.bench.tasks.classification import Classification
from nasrank.predictors import Context
from nasrank.spaces import get_space

if TYPE_CHECKING:
    from torch import nn

    from nasrank.predictors.zero_cost.probe import Probe
    from nasrank.predictors.zero_cost.proxy import Proxy
    from nasrank.spaces import SearchSpace

ALL = "all"

_BATCH = "proxies"
"""Name of the random stream that draws the images of a seed."""


@dataclass(frozen=True)
class Job:
    """What is to be measured of one architecture.

    Attributes:
        proxies: names of those that are lacking.
    """

    unit: Unit
    seed: int
    proxies: tuple[str, ...]


def proxies_named(names: str | Iterable[str]) -> dict[str, type[Proxy]]:
    """Registered proxies by name: all of them, or those of a text with commas or of a sequence.

    Raises:
        ValueError: one is not there; the message lists those that are.
    """
    from nasrank.predictors.zero_cost.proxy import proxies

    known = proxies()
    if names == ALL:
        return known
    asked = names.split(",") if isinstance(names, str) else list(names)
    asked = list(dict.fromkeys(name.strip() for name in asked if name.strip()))
    if wrong := [name for name in asked if name not in known]:
        raise ValueError(f"there is no proxy {wrong[0]!r:.80}; there are {', '.join(known)}")
    if not asked:
        raise ValueError(f"no proxy is asked for; there are {', '.join(known)}")
    return {name: known[name] for name in asked}


def revisions(proxies: Mapping[str, type[Proxy]]) -> dict[str, int]:
    """Of each proxy, by name."""
    return {name: kind.revision for name, kind in proxies.items()}


@dataclass(frozen=True)
class JobText:
    """A job as another machine can be given it, with the text of its architecture."""

    key: str
    architecture: str
    seed: int
    proxies: tuple[str, ...]

    @classmethod
    def of(cls, job: Job) -> JobText:
        return cls(job.unit.key, str(job.unit.architecture), job.seed, job.proxies)

    def parsed(self, space: SearchSpace[Any]) -> Job:
        """The job itself."""
        return Job(Unit(self.key, space.parse(self.architecture)), self.seed, self.proxies)


@remote
def measure_some(
    setup: SetUp, jobs: Sequence[JobText], data_root: Path | None, *, progress: Callable[[float], None]
) -> list[dict[str, Measurement]]:
    """What is lacking of each, in their order; a task for an executor."""
    found, space = [], get_space(setup.space)
    for done, job in enumerate(jobs, start=1):
        found.append(measure(setup, job.parsed(space), data_root))
        progress(done / len(jobs))
    return found


def measure(setup: SetUp, job: Job, data_root: Path | None = None) -> dict[str, Measurement]:
    """What the proxies find, by name; apart from the seconds it depends on the arguments alone.

    Raises:
        ValueError: the images are not at hand.
    """
    from nasrank.predictors.zero_cost.probe import Probe

    kinds = proxies_named(job.proxies)
    images = max(2 * setup.batch, *(kind.images for kind in kinds.values()))
    probe = Probe.of(
        _context(setup, job.seed, images, data_root),
        job.unit.architecture,
        seed=job.seed,
        keeps_dead_branches=setup.dead_branches,
    )
    probe.batch = setup.batch
    return {name: _measured(kind(), probe) for name, kind in kinds.items()}


def _measured(proxy: Proxy, probe: Probe) -> Measurement:
    """As measured, whichever end is better; a decomposition that does not converge is a reason for no value."""
    start = time.perf_counter()
    try:
        one = proxy.measured(probe)
        value, reason, seconds = (one.value if proxy.higher_is_better else -one.value), one.reason, one.seconds
    except (ArithmeticError, torch.linalg.LinAlgError) as error:  # type: ignore[attr-defined]
        value, reason, seconds = math.nan, f"{type(error).__name__}: {error}"[:200], time.perf_counter() - start
    except RuntimeError as error:
        raise RuntimeError(f"{proxy.name} of {probe.architecture}: {error}") from error
    return Measurement(value, reason, seconds, proxy.revision, processor())


@lru_cache(maxsize=4)
def _context(setup: SetUp, seed: int, images: int, data_root: Path | None) -> Context:
    """The first so many images of a seed, its networks and the loss; fewer images where the data set has no more."""
    space, source = get_space(setup.space), load_images(setup.data, data_root=data_root)
    if setup.batch > len(source):
        raise ValueError(f"{setup.data} has {len(source):,} images, not a batch of {setup.batch:,}")
    rows = generator(seed, Purpose.TRAINING_BATCHES, _BATCH).permutation(len(source))[:images]
    options = {**setup.network.arguments, **source.description.network_sizes}

    def network(architecture: Any) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(torch_seed(seed, Purpose.NETWORK_WEIGHTS, str(architecture)))
            made: nn.Module = space.network(architecture, **options)
        return made.train()

    loss = Classification(len(source.classes)).loss
    return Context(space, samples=source.samples.tensors(rows), network=network, loss=loss)
