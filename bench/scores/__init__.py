"""Ways to rank by a trained super-net: what its paths score, and how far training has turned its weights."""
