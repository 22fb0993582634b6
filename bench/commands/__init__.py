"""`nasrank ...`: parse and print, nothing else."""
