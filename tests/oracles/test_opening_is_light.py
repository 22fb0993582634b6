"""Opening a compiled oracle in a fresh process adds little memory and imports nothing heavy.

How long it takes, and what the whole process weighs, is measured by tests/benchmarks: the libraries' own share of
resident memory differs from machine to machine by more than a table weighs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
import numpy, pyarrow
import nasrank.bench.oracles

def resident(entry):
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status[entry].split()[0]) / 1024

before = resident("VmRSS")
table = nasrank.bench.oracles.open_oracle("analog-nasbench")
accuracy = table.accuracy(
    numpy.arange(15625), dataset="cifar10", split="test_50k_augmented", epochs=200, seeds="one_run"
)
print(json.dumps({
    "added_mebibytes": resident("VmHWM") - before, "modules": sorted(sys.modules), "answers": len(accuracy),
}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads resident memory from /proc")
def test_opening_and_asking_is_small(embedded_cache: Path):
    environment = {**os.environ, "NASRANK_CACHE": str(embedded_cache), "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    measured = json.loads(run.stdout)
    assert measured["answers"] == 15_625
    assert measured["added_mebibytes"] < 10
    heavy = {"torch", "pandas", "pyarrow.parquet", "pyarrow.compute", "analognasbench", "platformdirs", "hashlib"}
    assert not heavy & set(measured["modules"])
