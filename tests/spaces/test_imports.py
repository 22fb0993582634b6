"""`import nasrank.spaces` stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_spaces_do_not_import_torch():
    code = "import nasrank, sys; cell = nasrank.get_space('nb201').at(7);assert 'torch' not in sys.modules, 'torch'"
    subprocess.run([sys.executable, "-c", code], check=True)
