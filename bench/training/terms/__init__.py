"""Terms added to super-net training."""
