"""What the tools themselves are installed with: one sentence for whoever lacks one, the same for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def installed_by(extra: str) -> Iterator[None]:
    """Import packages in here; ValueError names the one that is missing, and the extra of nasrank that brings it."""
    try:
        yield
    except ImportError as error:
        missing = (error.name or "a package").partition(".")[0]
        raise ValueError(f"{missing} is not installed: pip install 'nasrank[{extra}]'") from error
