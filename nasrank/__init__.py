"""nasrank: does a way of scoring architectures rank them as stand-alone training would?

    import nasrank

    space = nasrank.get_space("nb201")
    table = nasrank.open_oracle("analog-nasbench")
    results = nasrank.load_results("reports/nb201")
    results                                              # in a notebook, its main table
    results.to_frame()
    report = nasrank.rank("scores.csv", truth="analog-nasbench:accuracy/cifar10/test_50k_augmented/200/one_run")

The folders `bench/`, `spaces/` and `predictors/` of the repository are installed as `nasrank.bench`, `nasrank.spaces`
and `nasrank.predictors`. What a notebook needs is here, and imported when it is first asked for: nothing here imports
torch before something is trained.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasrank.bench.judging import rank
    from nasrank.bench.notebook import load_results, run_study
    from nasrank.bench.oracles import open_oracle
    from nasrank.bench.runner.kept_supernets import load_supernet
    from nasrank.bench.studies.shipped import studies
    from nasrank.spaces import get_space

_HOME = {
    "get_space": "nasrank.spaces",
    "load_results": "nasrank.bench.notebook",
    "load_supernet": "nasrank.bench.runner.kept_supernets",
    "open_oracle": "nasrank.bench.oracles",
    "rank": "nasrank.bench.judging",
    "run_study": "nasrank.bench.notebook",
    "studies": "nasrank.bench.studies.shipped",
}

__all__ = ["get_space", "load_results", "load_supernet", "open_oracle", "rank", "run_study", "studies"]


def __getattr__(name: str) -> Any:
    """What is named in `__all__`, from its home."""
    if name not in _HOME:
        raise AttributeError(f"nasrank has no {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
