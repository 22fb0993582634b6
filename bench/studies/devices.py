"""Devices that super-nets train on: what they are called, and whether this machine has them."""

from __future__ import annotations

import re

import torch

_CUDA = re.compile(r"cuda(?::(\d{1,3}))?")


def refuse_unknown_device(name: str) -> str:
    """The name; ValueError when there is no such device anywhere."""
    if name != "cpu" and not _CUDA.fullmatch(name):
        raise ValueError(f"unknown device {name!r}; known are 'cpu', 'cuda' and 'cuda:0', 'cuda:1', ...")
    return name


def refuse_absent_device(name: str) -> None:
    """ValueError when this machine, or its torch, lacks the device."""
    found = _CUDA.fullmatch(name)
    if found is None:
        return
    if not torch.cuda.is_available():
        raise ValueError(f"device = {name!r}, but torch {torch.__version__} finds no CUDA device here; take 'cpu'")
    count = torch.cuda.device_count()
    if int(found[1] or 0) >= count:
        raise ValueError(f"device = {name!r}, but of CUDA devices there are {count} here, numbered from 0")
