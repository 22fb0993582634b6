"""What is told of a run while it goes on: its journal and whoever reads it, how long is left, event files."""
