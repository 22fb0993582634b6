"""Searches whose every evaluation trains a network: for spaces of which no table holds all that a searcher may ask for.

Modules: `grammar` (study files), `play` (one search), `run` (all of them, by an executor), `folder` (their results).
"""
