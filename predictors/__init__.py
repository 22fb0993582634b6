"""Estimators that score architectures without training each one."""
