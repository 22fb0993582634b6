"""Which process this is, for others to read, and whether one of the same machine is gone."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_PROC = Path("/proc")


def who() -> dict[str, Any]:
    """Host, process, since when by the clock of its machine, and what tells the process from others there."""
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        "machine": _machine(),
        "started": _started(os.getpid()),
    }


def new_name() -> str:
    """Of a worker; no other has it."""
    host = "".join(one if one.isalnum() or one == "-" else "-" for one in socket.gethostname())
    return f"{host[:60]}-{os.getpid()}-{uuid.uuid4().hex[:6]}"


def in_words(one: Mapping[str, Any]) -> str:
    """As `host:pid`."""
    return f"{one['host']}:{one['pid']}" if "host" in one and "pid" in one else "an unknown worker"


def is_gone(one: Mapping[str, Any]) -> bool:
    """Whether a process of this very machine has ended; False where that cannot be known from here."""
    if not (one.get("machine") and one["machine"] == _machine() and isinstance(one.get("pid"), int)):
        return False
    return _started(one["pid"]) != one.get("started")


def _machine() -> str:
    """What only processes share that see the same numbers of processes; empty where the system does not say."""
    with suppress(OSError):
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink(_PROC / 'self/ns/pid')}"  # noqa: PTH115 - it leads nowhere
    return ""


def _started(pid: int) -> str:
    """When a process was started, in ticks since the boot; empty if there is none of this number."""
    with suppress(OSError, IndexError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    return ""
