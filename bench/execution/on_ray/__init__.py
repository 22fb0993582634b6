"""The executor `ray`: the nodes of a cluster."""

from nasrank.bench.execution.on_ray.cluster import RayCluster

__all__ = ["RayCluster"]
