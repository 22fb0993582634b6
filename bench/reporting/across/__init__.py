"""Reports on one question over several studies."""
