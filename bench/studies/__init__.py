"""The studies that come with nasrank, as files, and the grammar of such files."""
