"""Gradient studies: how large gradients are before training, layer by layer, and what that does with depth.

Groups are networks of one architecture and several depths. Each is initialized with several seeds and sees one batch;
nothing is trained, so that a study takes a minute or two.
"""
