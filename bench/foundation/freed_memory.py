"""What becomes of the memory that a step of training lets go."""

from __future__ import annotations

import ctypes
import os
import platform

VARIABLES = (
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TOP_PAD_",
    "MALLOC_MMAP_MAX_",
    "GLIBC_TUNABLES",
)
"""By which a user says otherwise."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's <malloc.h>."""

_NEVER, _LARGE = 2**31 - 1, 2**25
"""Bytes: as many as can be said, and the most that every glibc takes for the size of a block."""


def keep_freed_memory() -> None:
    """Let this process keep what it frees, up to blocks of 32 MiB, for as long as it lives.

    A step of training frees all activations when it ends, and needs as many for the next. glibc hands them back to the
    system meanwhile, which clears every page before it gives it out again: an eighth of the time of some tables. The
    peak of the process is as before; what it holds between peaks is not returned. Without glibc, or where the user's
    own variables say how memory is kept, nothing changes.
    """
    if platform.libc_ver()[0] != "glibc" or any(variable in os.environ for variable in VARIABLES):
        return
    library = ctypes.CDLL(None)
    library.mallopt(_TRIM_THRESHOLD, _NEVER)
    library.mallopt(_MMAP_THRESHOLD, _LARGE)
