"""Pairs of images with disparities, one file a source."""
