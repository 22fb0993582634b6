"""Sets of text: windows of tokens, of each of which the one that follows is to be told."""
