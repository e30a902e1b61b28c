"""Send a question to the server of an index, if one is running, and wait for the answer."""

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
"""Time for the server to send its greeting, so that one that hangs holds up nobody (a choice)."""
_ANSWER_S = 60.0
"""Time between two parts of an answer (a choice)."""


def ask(folder: Path, question: Question, *, then: str = "") -> SearchResult | None:
    """The answer of the server, or None if there is no server or it cannot be trusted.

    Also None if the server has no answer: the caller then opens the index itself and runs into the
    reason, so that errors are the same with and without a server.

    Args:
        folder: the index folder.
        question: a search, or a request for similar articles.
        then: name of a module that printing the answer needs; imported while the server works.
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
    """The bytes of the answer; none if the server belongs to another user."""
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
