"""Tables of our own making: train stand-alone networks of any space on any images, and keep their results."""
