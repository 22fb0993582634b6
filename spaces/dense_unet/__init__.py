"""Densely connected encoder-decoders on segmented images: filters, kernels and poolings."""
