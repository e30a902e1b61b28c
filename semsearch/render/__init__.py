"""Hits, articles and reports to terminal text, JSON and TREC runs."""
