"""What a server may be made to do by those who connect to it: so much at a time, and no longer."""

import socketserver
import sys
import threading
import time
from typing import Any


class Bounded(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """A thread for each connection, up to a number; connections beyond it are closed at once."""

    request_queue_size = 64
    daemon_threads = True
    most = 32
    """Connections at a time."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - those of the server
        self._slots = threading.BoundedSemaphore(self.most)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer in a thread of its own, where there is room."""
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
        """Wait for the answers that are under way, so long at most."""
        end = time.monotonic() + seconds
        for _ in range(self.most):
            self._slots.acquire(timeout=max(0.0, end - time.monotonic()))

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A client that went away is no error of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
