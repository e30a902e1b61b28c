"""Asking the server of an index: its socket, and the messages that pass through it.

Imports request, types and errors, and nothing that is slow to load: a search that a server answers
spends its time on imports. Of the others the command line takes `ask`, and serving takes the socket
and the messages.
"""

from semsearch.client.exchange import ask
from semsearch.client.sockets import is_private, peer_is_owner, socket_path
from semsearch.client.wire import constructor_fields, decode, dump, load, load_question

__all__ = [
    "ask",
    "constructor_fields",
    "decode",
    "dump",
    "is_private",
    "load",
    "load_question",
    "peer_is_owner",
    "socket_path",
]
