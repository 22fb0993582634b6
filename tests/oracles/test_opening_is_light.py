"""Opening a compiled oracle in a fresh process: under 20 ms, under 60 MiB, and nothing heavy imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys, time
import numpy, pyarrow
import bench.oracles
start = time.perf_counter()
table = bench.oracles.open_oracle("analog-nasbench")
seconds = time.perf_counter() - start
accuracy = table.accuracy(
    numpy.arange(15625), dataset="cifar10", split="test_50k_augmented", epochs=200, seeds="one_run"
)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "seconds": seconds, "mebibytes": int(status["VmHWM"].split()[0]) / 1024, "modules": sorted(sys.modules),
    "answers": len(accuracy),
}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads resident memory from /proc")
def test_opening_and_asking_is_fast_and_small(embedded_cache: Path):
    environment = {**os.environ, "NASRANK_CACHE": str(embedded_cache), "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    measured = json.loads(run.stdout)
    assert measured["answers"] == 15_625
    assert measured["seconds"] < 0.020
    assert measured["mebibytes"] < 60  # of which numpy and pyarrow are 52
    heavy = {"torch", "pandas", "pyarrow.parquet", "pyarrow.compute", "analognasbench", "platformdirs", "hashlib"}
    assert not heavy & set(measured["modules"])
