"""Locks that one process holds at a time, on every system, and that the system itself opens when the process ends.

A lock is a file, so processes on other machines that share the folder heed it too. Nobody has to judge whether a holder
is still alive: however it ends, its lock is open from then on. Who holds a lock, where and since when stands in a file
beside it, for the message to those who come too late.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class HeldError(ValueError):
    """Another process holds the lock; the message says what it is doing, which process it is, where and since when."""


@contextmanager
def held(lock: Path, doing: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a lock for the block. Its folder is made if need be; its files are removed with the block.

    Args:
        lock: path of the lock file, of no other use.
        doing: what its holder does, such as "writing to reports/nb201", for the message to others.
        wait: whether to wait until it is open instead of failing.

    Raises:
        HeldError: it is held, by another process or by another block of this one.
    """
    import filelock  # opening a compiled table locks nothing and can do without

    lock.parent.mkdir(parents=True, exist_ok=True)
    file = filelock.FileLock(lock)
    holder = lock.with_name(f"{lock.name}.holder")
    try:
        file.acquire(timeout=-1 if wait else 0)
    except filelock.Timeout:
        raise HeldError(f"another run is {_read(holder, doing)}; wait for its end") from None
    try:
        holder.write_text(json.dumps({"doing": doing, **_self()}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        with suppress(PermissionError):  # Windows removes no open file; it stays, and is in nobody's way
            lock.unlink(missing_ok=True)  # while it is held: whoever has opened it sees that it is gone, and asks anew
        file.release()


def _self() -> dict[str, str | int]:
    return {"process": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}


def _read(holder: Path, doing: str) -> str:
    try:
        known = json.loads(holder.read_text(encoding="utf-8"))
        return f"{known['doing']}: process {known['process']} on {known['host']}, since {known['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it has just begun or just ended
        return f"{doing}: it has just begun or ended"
