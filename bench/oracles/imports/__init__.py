"""Making tables: formats of official files, recipes, downloads, and the library of what was imported."""
