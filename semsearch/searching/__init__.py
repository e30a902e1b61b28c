"""A question to its hits, from one state of an index."""
