"""Images in which each pixel has a class, one file a source."""
