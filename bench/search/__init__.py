"""Search strategies: what to look at next, given what was seen. They ask for architectures and are told scores."""
