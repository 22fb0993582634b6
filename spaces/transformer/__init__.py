"""Transformers on text: in each layer where normalization stands, how many heads there are, and how wide it is."""
