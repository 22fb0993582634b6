"""Images, one file a source."""
