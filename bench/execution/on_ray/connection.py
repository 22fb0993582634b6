"""A Ray cluster: finding one or starting one, keeping it quiet, and how many tasks it has room for."""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nasrank.bench.execution.on_ray.losses import RETRIES, first_line

_OBJECTS = 200_000_000
"""Bytes of shared memory of a cluster of our own. Results are small; Ray would take almost a third of the memory."""

_PATIENCE = 5.0
"""Seconds in which the machine of an address has to answer."""

_SETTINGS = {
    "RAY_DEDUP_LOGS_SKIP_REGEX": "^",  # matches all: messages of the cluster about workers, which outcomes tell of
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",  # of tasks that were cancelled
    "RAY_task_oom_retries": str(RETRIES),  # else what exceeds the memory is tried for ever
    "RAY_worker_niceness": "0",  # of a cluster of our own; as the processes of the executor 'local'
}


def imported() -> Any:
    """The package `ray`, made quiet where it was not imported before; ValueError where it is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    for variable, value in _SETTINGS.items():
        os.environ.setdefault(variable, value)
    try:
        import ray
    except ImportError as error:
        raise ValueError("the executor 'ray' needs the package ray: pip install 'nasrank[ray]'") from error
    return ray


@dataclass(frozen=True)
class Share:
    """What of a node a task occupies.

    Attributes:
        cpus: processor cores, perhaps a fraction.
        gpus: graphics processors, a fraction of one or whole ones.
    """

    cpus: float = 1.0
    gpus: float = 0.0

    def __post_init__(self) -> None:
        """Raises ValueError where Ray could not count by it."""
        if not self.cpus and not self.gpus:
            raise ValueError("--cpus-per-trial 0 needs --gpus-per-trial: else nothing limits the trials of a node")
        for option, quantity in (("--cpus-per-trial", self.cpus), ("--gpus-per-trial", self.gpus)):
            if quantity > 1 and quantity % 1:
                raise ValueError(f"{option} {quantity:g} is neither whole nor a fraction of one")
            if round(quantity, 4) != quantity:
                raise ValueError(f"{option} {quantity:g} has more than four decimals, of which Ray knows nothing")

    def fitting(self, resources: Mapping[str, float]) -> int:
        """How many tasks fit on a node with these resources, as Ray names them."""
        asked = {"CPU": self.cpus, "GPU": self.gpus}
        return min(
            math.floor(resources.get(name, 0.0) / quantity + 1e-9) for name, quantity in asked.items() if quantity
        )

    def in_words(self) -> str:
        """As in "a node with 1 CPU(s) and 0.5 GPU(s)"."""
        asked = {"CPU(s)": self.cpus, "GPU(s)": self.gpus}
        return " and ".join(f"{quantity:g} {name}" for name, quantity in asked.items() if quantity)


def room(share: Share) -> int:
    """Tasks that the nodes which are alive can do at a time, were there no others; needs a connection."""
    return sum(share.fitting(node["Resources"]) for node in imported().nodes() if node["Alive"])


@contextmanager
def connected(address: str | None, cpus: int | None = None) -> Iterator[bool]:
    """A cluster for the block, in which `ray` can be used; yields whether it was started for it.

    A connection that this process has already is used and left as it is; a cluster that was running goes on.

    Args:
        address: of a running cluster; without one, a cluster of this machine is started, and ended after the block.
        cpus: cores of the latter.

    Raises:
        ValueError: none can be reached there or started, or this process is connected to another one.
    """
    ray = imported()
    if ray.is_initialized():
        there = ray.get_runtime_context().gcs_address
        if address not in (None, "auto", there):
            raise ValueError(f"--address {address}: this process is connected to the Ray cluster at {there}")
        yield False
        return
    try:
        with _signals_kept():
            _connect(ray, address, cpus)
        yield not address
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str | None, cpus: int | None) -> None:
    own = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": _OBJECTS}
    try:
        there = _answering(address) if address else "local"
        ray.init(address=there, log_to_driver=False, logging_level=logging.ERROR, **({} if address else own))
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        where = f"be reached at {address}" if address else "be started"
        raise ValueError(f"no Ray cluster can {where}: {first_line(error)}") from error


def _answering(address: str) -> str:
    """Host and port of a cluster, where something answers: Ray would try for five minutes, and not quietly."""
    if "://" in address:
        raise ValueError("run nasrank on a machine of the cluster, and give 'auto' or HOST:PORT")
    from ray._private.services import canonicalize_bootstrap_address_or_die

    there: str = canonicalize_bootstrap_address_or_die(address)
    host, _, port = there.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
    return there


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray ends the program its own way when it is to terminate; after the block it is as it was before."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
