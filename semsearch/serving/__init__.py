"""A process that keeps an index in memory and answers on a Unix socket and on HTTP."""

from semsearch.serving.server import serve

__all__ = ["serve"]
