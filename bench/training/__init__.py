"""Training of super-nets: one loop, any strategy, any terms."""
