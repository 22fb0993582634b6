"""How long something will take, in words."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Seconds up to a minute and a half, else minutes."""
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
