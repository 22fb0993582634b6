"""tox takes the CPU build of torch where nobody could use the other one.

PyPI's torch for Linux depends on some three gigabytes of CUDA, which a machine without an NVIDIA GPU downloads for
nothing. PyTorch's own index has the same release without it, as a local version (`2.13.0+cpu`), which pip prefers to
the one of PyPI and which the pins of constraints.txt allow. tox imports this file by its name.

Nothing is done where a user has chosen an index himself, where the index does not answer, or with `NASRANK_TORCH=pypi`.
"""

from __future__ import annotations

import logging
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tox.plugin import impl
from tox.tox_env.api import ToxEnv

INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE = 2.0
"""Seconds that the index has to answer."""

CHOICE = "NASRANK_TORCH"
DEVICES = Path("/dev")
OF_INDEXES = ("index-url", "extra-index-url", "find-links", "no-index")
"""pip's options, also as variables of the environment, with which somebody chooses where packages come from."""

NOTE = f"torch: the CPU build of {INDEX}, as there is no NVIDIA GPU; {CHOICE}=pypi takes PyPI's"


@impl
def tox_on_install(tox_env: ToxEnv, arguments: Any, section: str, of_type: str) -> None:
    """Before torch is installed into an environment that lacks it, choose where it comes from."""
    del section, of_type
    if not names_torch(arguments) or (Path(tox_env.conf["env_site_packages_dir"]) / "torch").exists():
        return
    if wants_cpu_build(os.environ) and not pip_is_configured() and answers(INDEX):
        tox_env.conf["set_env"].update({"PIP_EXTRA_INDEX_URL": INDEX}, override=True)
        logging.warning(NOTE)


def names_torch(arguments: Any) -> bool:
    """Whether these are requirements with torch among them, or packages that depend on it."""
    wanted = arguments if isinstance(arguments, list) else []
    requirements = [one for item in wanted for one in (getattr(item, "deps", None) or [item])]
    return any(getattr(one, "name", "").lower() == "torch" for one in requirements)


def wants_cpu_build(environment: Mapping[str, str]) -> bool:
    """Whether PyPI's torch would bring CUDA here, no NVIDIA GPU is to be seen, and nobody has chosen otherwise."""
    brings_cuda = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")
    gpu = any(DEVICES.glob("nvidia*")) or shutil.which("nvidia-smi") is not None
    chosen = environment.get(CHOICE) == "pypi" or any(
        f"PIP_{option}".replace("-", "_").upper() in environment for option in OF_INDEXES
    )
    return brings_cuda and not gpu and not chosen


def pip_is_configured() -> bool:
    """Whether a configuration file of pip says where packages come from; its indexes would be overruled."""
    words = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    keys = {line.partition("=")[0].rpartition(".")[2] for line in listed.splitlines()}
    return not keys.isdisjoint(OF_INDEXES)


def answers(index: str) -> bool:
    """Whether this index has torch, and says so in time; finding its host counts, which sockets' own limits do not."""
    found: list[int] = []

    def ask() -> None:
        try:
            with urlopen(f"{index}/torch/", timeout=PATIENCE) as answer:
                found.append(answer.status)
        except (URLError, OSError, ValueError):
            return

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return found == [200]
