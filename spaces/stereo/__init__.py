"""LEAStereo: a feature net on images and a matching net on volumes, each a path and a cell, for stereo matching."""
