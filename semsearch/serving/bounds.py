"""Limits on what clients can make a server do: how many connections at once, and for how long."""

import socketserver
import sys
import threading
import time
from typing import Any


class Bounded(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """A server with a thread for each connection; connections beyond a limit are closed at once."""

    request_queue_size = 64
    daemon_threads = True
    most = 32
    """Number of connections that are answered at the same time (a choice)."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - those of the server
        self._slots = threading.BoundedSemaphore(self.most)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer in a new thread, or hang up if too many are running."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread could be started
            self._slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def drain(self, seconds: float) -> None:
        """Wait up to this many seconds for the answers that are being worked on."""
        end = time.monotonic() + seconds
        for _ in range(self.most):
            self._slots.acquire(timeout=max(0.0, end - time.monotonic()))

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing about a client that hung up; print any other error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
