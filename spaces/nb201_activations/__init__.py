"""NAS-Bench-201 with a choice of activations."""
