"""A small data set for every kind of data that there is, which needs no files."""

from __future__ import annotations

import invented_pairs
import invented_scenes
import invented_text

DATA = {
    "images": "digits",
    "segmented images": invented_scenes.NAME,
    "stereo pairs": invented_pairs.NAME,
    "text": invented_text.NAME,
}
"""Its name, by the kind of data."""


def put(patch):
    """Have them in the registry for as long as a patch of pytest lasts."""
    invented_text.put(patch)
    invented_scenes.put(patch)
    invented_pairs.put(patch)
