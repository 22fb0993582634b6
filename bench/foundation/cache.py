"""What to do without a cache folder: everything works, but what would be kept there is made again each time."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from pathlib import Path

_VARIABLE = "NASRANK_SPARE_CACHE"
"""Names the folder to the worker processes of the one that made it."""


def cached(path: Path, make: Callable[[Path], object]) -> Path:
    """A file of the cache folder, which `make` writes there if it is absent; where it cannot, in a spare folder.

    Args:
        path: where the file is, or is to be.
        make: writes the file under the path that it is given.
    """
    try:
        if not path.exists():
            make(path)
    except OSError as reason:
        spare = spare_folder(f"{path.parent} cannot be used: {reason}") / path.name
        if not spare.exists():
            make(spare)
        return spare
    return path


def spare_folder(reason: str) -> Path:
    """A temporary folder in place of the cache folder, for this process and its workers; it says why, once."""
    if _VARIABLE not in os.environ:
        import shutil
        import tempfile  # loads OpenSSL by way of random, which opening a compiled table can do without

        folder = tempfile.mkdtemp(prefix="nasrank-")
        os.environ[_VARIABLE] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        print(
            f"nasrank: working without a cache folder, as {reason}. What it would hold is made again each time; "
            "name a folder that can be written to with NASRANK_CACHE",
            file=sys.stderr,
        )
    return Path(os.environ[_VARIABLE])
