"""What executors add to the trials themselves: the same work by each, against `local`, everything counted.

python tests/benchmarks/executors.py [--executors local ray workers] [--trials 12] [--seconds 10] [--jobs 2]

A trial is so many seconds of work for one core. Each executor is entered, does all of them and is left; what its
processes need to start and to end counts. The best of several rounds is less disturbed by what else a machine does.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = str(Path(__file__).parent)

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is imported
os.environ["PYTHONPATH"] = os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)  # of workers

from one_core_work import count_in, multiply  # noqa: E402

from nasrank.bench.execution import EXECUTORS, Resources, Watch  # noqa: E402
from nasrank.bench.foundation import plugins  # noqa: E402

BOUND = 0.9
"""What an executor of many machines should reach, of the throughput of local processes."""


def seconds_of(name: str, jobs: int, trials: int, count: int) -> tuple[float, float]:
    """Of all trials by an executor, by the clock; and of the mean trial, of a core."""
    with TemporaryDirectory() as folder:
        start = time.monotonic()
        executor = EXECUTORS.named(name).with_resources(Resources(jobs=jobs, folder=Path(folder) / "report"))
        with executor:
            for trial in range(trials):
                executor.submit(str(trial), multiply, count)
            outcomes = list(executor.outcomes(Watch()))
        executor.close()
        took = time.monotonic() - start
    assert len(outcomes) == trials, outcomes
    assert not any(outcome.lost for outcome in outcomes), outcomes
    return took, sum(outcome.result for outcome in outcomes) / trials


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--executors", nargs="+", default=["local", "ray", "workers"])
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    plugins.use([multiply.__module__])  # whose tasks workers may do
    count = count_in(asked.seconds)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in asked.executors}
    for _ in range(asked.rounds):
        for name in asked.executors:
            found[name].append(seconds_of(name, asked.jobs, asked.trials, count))
    best = {name: min(took for took, _ in rounds) for name, rounds in found.items()}
    print(
        f"{asked.trials} trials of {asked.seconds:g} s of one core, {asked.jobs} at a time, {asked.rounds} round(s)\n"
    )
    print("| executor | seconds | CPU seconds of a trial | throughput of local | at least |")
    print("|---|---|---|---|---|")
    for name, rounds in found.items():
        trial = sum(one for _, one in rounds) / len(rounds)
        share = f"{best['local'] / best[name]:.3f}" if "local" in best else ""
        print(f"| {name} | {best[name]:.1f} | {trial:.2f} | {share} | {'' if name == 'local' else BOUND} |")


if __name__ == "__main__":
    main()
