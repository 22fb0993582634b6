"""What results depend on besides their settings: versions, and the processor they were computed on."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

PINNED = ("nasrank", "torch", "numpy", "scipy", "scikit-learn")
"""Packages whose versions are part of a result."""


def environment() -> dict[str, str]:
    """Python, the pinned packages and the platform; a study is trained in one."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in PINNED},
        "platform": f"{platform.system()} {platform.machine()}",
    }


def processor() -> str:
    """The model of this machine's processor; the trials of a study may be divided over several."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
