"""Answers `semsearch search` and `similar` of the same user on a Unix socket."""

import fcntl
import os
import socket
import socketserver
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from semsearch.client import dump, is_private, load_question, peer_is_owner, socket_path
from semsearch.errors import IndexBusy, IndexFolderError, SemsearchError
from semsearch.serving.bounds import Bounded
from semsearch.serving.warm import WarmIndex

_MOST_BYTES = 1 << 20
"""Longest question (a choice); for a longer one the client opens the index itself."""
_READ_S, _WRITE_S = 5.0, 10.0
"""Time to receive a question and to send an answer (a choice)."""
GREETING = b"\n"
"""Tells a client that the server is alive. JSON may begin with white space, so that the client
need not remove it."""


class UnixServer(Bounded, socketserver.UnixStreamServer):
    """The one server of an index folder on its socket."""

    def __init__(self, index: WarmIndex) -> None:
        """Raises IndexBusy if there is a server already, IndexFolderError if there is no socket."""
        self.index = index
        path = socket_path(index.folder)
        try:
            with suppress(FileExistsError):
                path.parent.mkdir(0o700)
            if not is_private(path.parent):
                raise PermissionError(0, "other users can enter its folder")
            with _locked(path.parent):
                if _is_served(path):
                    raise IndexBusy(
                        f"another process serves the index in {index.folder}. "
                        "Searches use it already; stop it before you start another server."
                    )
                path.unlink(missing_ok=True)
                super().__init__(str(path), _Connection)
                path.chmod(0o600)
        except OSError as error:
            raise IndexFolderError(
                f"no socket can be made at {path}: {error.strerror}. Its folder must be yours, and "
                f"closed to other users: check {path.parent}, or remove it."
            ) from error

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401
        """Accept connections of the owner only."""
        return peer_is_owner(request)

    def server_close(self) -> None:
        """Close the socket and remove its file."""
        with suppress(OSError):
            Path(str(self.server_address)).unlink()
        super().server_close()


class _Connection(socketserver.BaseRequestHandler):
    """One question. If it cannot be answered nothing is sent, and the client opens the index."""

    server: UnixServer
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(_READ_S)
        self.request.sendall(GREETING)
        try:
            answer = self.server.index.answer(load_question(self._read()))
        except SemsearchError:
            return
        self.request.settimeout(_WRITE_S)
        self.request.sendall(dump(answer))

    def _read(self) -> bytes:
        """All that the client sends; what is too long is cut off, so that it is not valid JSON."""
        end = time.monotonic() + _READ_S
        data = bytearray()
        while len(data) <= _MOST_BYTES and (part := self.request.recv(1 << 16)):
            data += part
            self.request.settimeout(max(0.001, end - time.monotonic()))
        return bytes(data[:_MOST_BYTES])


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, so that two servers that start at once do not replace each other."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_served(path: Path) -> bool:
    """Whether a process listens on the socket; its file stays behind when a server is killed."""
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(_READ_S)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except BlockingIOError:  # the queue of waiting clients is full
            return True
        return True
