"""Studies that are no comparisons of super-nets, one file a kind: how `nasrank run` and `nasrank report` make them.

A file here registers a `Kind` under the name that study files give as their `kind`.
"""

from __future__ import annotations

from nasrank.bench.commands.kinds.kind import KINDS, Asked, Kind

__all__ = ["KINDS", "Asked", "Kind"]
