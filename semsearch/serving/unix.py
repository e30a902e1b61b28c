"""Answering `semsearch search` of the same user on a Unix socket."""

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
"""Of a question: a longer one is answered by the client itself."""
_READ_S, _WRITE_S = 5.0, 10.0
GREETING = b"\n"
"""Says that somebody is there; white space, which JSON may begin with."""


class UnixServer(Bounded, socketserver.UnixStreamServer):
    """The one server of an index folder on its socket."""

    def __init__(self, index: WarmIndex) -> None:
        """Raises IndexBusy where there is one already, IndexFolderError where there can be none."""
        self.index = index
        path = socket_path(index.folder)
        try:
            with suppress(FileExistsError):
                path.parent.mkdir(0o700)
            if not is_private(path.parent):
                raise PermissionError(0, "others have access to the folder")
            with _alone_in(path.parent):
                if _is_served(path):
                    raise IndexBusy(
                        f"another process serves the index in {index.folder}. "
                        "Searches use that one; end it first to start another."
                    )
                path.unlink(missing_ok=True)
                super().__init__(str(path), _Connection)
                path.chmod(0o600)
        except OSError as error:
            raise IndexFolderError(
                f"no socket can be made at {path}: {error.strerror}. Make {path.parent} a folder "
                "that only you can enter."
            ) from error

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401
        """Nobody but the owner is answered."""
        return peer_is_owner(request)

    def server_close(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError):
            Path(str(self.server_address)).unlink()
        super().server_close()


class _Connection(socketserver.BaseRequestHandler):
    """One question. Whatever cannot be answered is not: the client will find out why."""

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
        """All that the client sends; too much of it is cut off, and so no JSON."""
        end = time.monotonic() + _READ_S
        data = bytearray()
        while len(data) <= _MOST_BYTES and (part := self.request.recv(1 << 16)):
            data += part
            self.request.settimeout(max(0.001, end - time.monotonic()))
        return bytes(data[:_MOST_BYTES])


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One process at a time: two that start at once do not take each other's place."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_served(path: Path) -> bool:
    """Whether a process listens; a socket stays behind when its server is killed."""
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(_READ_S)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except BlockingIOError:  # so many are asking that there is no room to wait
            return True
        return True
