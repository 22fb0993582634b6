"""What has to be said to torch before a GPU computes the same bits each time, in single precision."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from nasrank.bench.commands.studies import _named
from nasrank.bench.execution.process_pool import one_thread


def precision() -> tuple[bool, bool, bool]:
    backends = torch.backends
    return backends.cudnn.benchmark, backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32


def test_a_gpu_is_told_to_be_deterministic_and_exact_for_as_long_as_it_is_asked(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    before = precision()
    with one_thread():
        assert precision() == (False, False, False)
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert precision() == before


def test_a_workspace_that_somebody_chose_is_left_alone(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    with one_thread():
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


def test_runs_on_a_gpu_lie_beside_those_of_the_cpu():
    study = Path("somewhere/nb201.toml")
    assert _named(study, quick=True, device="cuda:1") == "nb201-cuda-quick"
    assert _named(study, quick=False, device="cpu") == _named(study, quick=False) == "nb201"
