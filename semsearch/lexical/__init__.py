"""BM25 by tantivy, one index for each language."""
