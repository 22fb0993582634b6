"""The DARTS search space of convolutional cells."""
