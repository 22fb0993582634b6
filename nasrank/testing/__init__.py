"""What somebody needs who tests a search space, an estimator or a searcher of his own: their laws, and two large toys.

    import pytest
    from nasrank.testing.space_conformance import SpaceConformance

    @pytest.mark.parametrize("space", [Mine()])
    class TestMine(SpaceConformance):
        pass

`nasrank.testing.estimator_conformance` and `nasrank.testing.searcher_conformance` are used likewise. The suites need
pytest, the toys do not.
"""

from __future__ import annotations

from nasrank.testing.branches import ParallelBranches
from nasrank.testing.trellis import Trellis

__all__ = ["ParallelBranches", "Trellis"]
