"""Devices that super-nets train on: what they are called, whether this machine has them, and how tensors get there.

A device is of a kind, `cpu` or `cuda`. Results name the device itself, as "cpu" or "cuda: NVIDIA H200": one seed trains
another super-net on another kind, and rounding differs between the models of one.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor

from nasrank.bench.foundation.environment import processor

CPU = "cpu"
"""The device of results that name none: those of before there was a choice."""

_CUDA = re.compile(r"cuda(?::(\d{1,3}))?")


def refuse_unknown_device(name: str) -> str:
    """The name; ValueError when there is no such device anywhere."""
    if name != CPU and not _CUDA.fullmatch(name):
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


def device_name(name: str | torch.device) -> str:
    """What a result calls the device that torch knows by this name: "cpu", or its kind and its model.

    Raises:
        ValueError: this machine, or its torch, lacks the device.
    """
    device = torch.device(name)
    refuse_absent_device(str(device))
    return CPU if device.type == CPU else f"{device.type}: {torch.cuda.get_device_name(device)}"


def worked_on(name: str | torch.device) -> str:
    """What computes when super-nets train on this device: the processor by its model, or the device."""
    found = device_name(name)
    return processor() if found == CPU else found


def kind_of(name: str) -> str:
    """The kind of a device by its name, that of torch or that of a result: "cpu" or "cuda"."""
    return name.partition(":")[0]


def moved(values: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on a device; the CPU does not wait until it is there.

    That is safe as long as nobody writes to `values` afterwards. For CUDA they go through memory that the device reads
    by itself.
    """
    if values.device == device:
        return values
    values = values.pin_memory() if device.type == "cuda" else values
    return values.to(device, non_blocking=True)
