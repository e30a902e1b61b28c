"""Hits, articles and reports as terminal text, JSON and TREC runs.

Imports reports, text and types. Others take its modules one by one, because the command line loads
the one that it prints with while a server is already searching.
"""

__all__ = ["as_json", "hits", "plain", "reports", "screen", "trec"]
