"""The arithmetic of a ranking: scores, relevance, copies."""
