"""A Ray cluster of several nodes on this machine. Only `tox -e ray` installs Ray; other runs collect no test here."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from nasrank.bench.execution.on_ray.connection import imported

imported()  # tells Ray to be quiet, before tests import it

import ray  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

SOON = {"health_check_initial_delay_ms": 500, "health_check_period_ms": 300, "health_check_failure_threshold": 3}
"""A node that died is noticed in a second."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A node without cores, to which drivers connect, and two of one core, one of which claims a graphics processor."""
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "_system_config": SOON})
    made.add_node(num_cpus=1, num_gpus=1)
    made.add_node(num_cpus=1)
    made.wait_for_nodes()
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def joined(cluster: Cluster) -> Iterator[None]:
    """This process is connected to the cluster, as a notebook may be; executors use that, and nodes keep processes."""
    ray.init(address=cluster.address, log_to_driver=False, logging_level=logging.ERROR)
    yield
    ray.shutdown()
