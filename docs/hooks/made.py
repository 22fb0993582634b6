"""What pages of the site say beyond their files, read from the code. Where the files end, they say how to see it."""

from __future__ import annotations

MARK = "<!-- made with the site -->"


def completed(markdown: str, made: str) -> str:
    """The page with this in place of all that follows the mark.

    Raises:
        ValueError: there is no mark.
    """
    written, mark, _ = markdown.partition(MARK)
    if not mark:
        raise ValueError(f"the page has no line {MARK}")
    return written + made
