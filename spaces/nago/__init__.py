"""NAGO's generators of hierarchical random graphs, at a small scale."""
