"""Auto-DeepLab: a path through resolutions, and the cell that all layers have, for segmentation."""
