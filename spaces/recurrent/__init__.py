"""Recurrent cells of gated nodes, each fed by one earlier one, as DARTS, ENAS and NAO search them."""
