"""A process that keeps an index in memory and answers on a Unix socket and over HTTP.

Imports the facade, render and client. Others take `serve`, which runs until it is stopped.
"""

from semsearch.serving.server import serve

__all__ = ["serve"]
