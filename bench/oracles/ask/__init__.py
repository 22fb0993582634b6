"""Asking a table: axes, rows, seeds, costs, comparison, and the file that it is kept in."""
