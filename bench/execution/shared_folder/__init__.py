"""The executor `workers`: a driver and any number of workers, on any machines, that share nothing but a folder."""

from nasrank.bench.execution.shared_folder.executor import Workers

__all__ = ["Workers"]
