"""Running studies: from a study file to stored results."""
