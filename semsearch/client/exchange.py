"""Asking the server of an index, where one runs. Imports little: that is its purpose."""

import socket
from contextlib import closing
from importlib import import_module
from pathlib import Path

from semsearch.client.sockets import is_private, peer_is_owner, socket_path
from semsearch.client.wire import dump, load
from semsearch.errors import InputError
from semsearch.request import Question
from semsearch.types import SearchResult

_GREETING_S = 1.0
"""How long a server may take to say that it is there: one that hangs is not waited for."""
_ANSWER_S = 60.0


def ask(folder: Path, question: Question, *, then: str = "") -> SearchResult | None:
    """The answer of the server; None where none runs, or none that can be trusted.

    None, too, wherever it has no answer: whoever asked then opens the index and finds out why, so
    that errors are the same with and without a server.

    Args:
        folder: where the index lives.
        question: what is asked.
        then: a module that the answer will need; imported while the server works.
    """
    try:
        path = socket_path(folder)
        if not (path.exists() and is_private(path.parent)):
            return None
        with closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(_GREETING_S)
            connection.connect(str(path))
            return load(SearchResult, _exchange(connection, dump(question), then))
    except (OSError, InputError):
        return None


def _exchange(connection: socket.socket, question: bytes, then: str) -> bytes:
    """What the server says to a question; nothing where it is another user's."""
    if not peer_is_owner(connection):
        return b""
    connection.sendall(question)
    connection.shutdown(socket.SHUT_WR)
    if then:
        import_module(then)
    parts = [connection.recv(1)]
    connection.settimeout(_ANSWER_S)
    while parts[-1]:
        parts.append(connection.recv(1 << 20))
    return b"".join(parts)
