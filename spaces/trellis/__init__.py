"""Networks whose layers all have one cell and take a path through resolutions: of images, and of volumes."""
