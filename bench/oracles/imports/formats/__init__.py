"""Readers of published files, one file a format; `registry` knows them all."""
