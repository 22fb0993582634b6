"""Scores of zero-cost proxies for the architectures of a space: measured once, kept, and written as a sheet."""
