"""Serve an index until the process is stopped."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from semsearch.serving.bounds import Bounded
from semsearch.serving.http import HttpServer
from semsearch.serving.unix import UnixServer
from semsearch.serving.warm import WarmIndex

_LOOK_S = 1.0
"""How often to check whether the index has changed, so that the next query need not wait for it to
be loaded (a choice)."""
_DRAIN_S = 5.0
"""Time for unfinished answers when the server stops (a choice)."""


def serve(folder: Path, port: int | None, ready: Callable[[int | None], None]) -> NoReturn:
    """Answer on the socket of an index, and on HTTP, until SIGTERM or Ctrl-C.

    Args:
        folder: the index folder.
        port: for HTTP on the loopback interface; 0 takes any free port, None turns HTTP off.
        ready: called with the port once the server answers.

    Raises:
        InputError: the port is in use.
        IndexBusy: another process serves the index.
        KeyboardInterrupt: Ctrl-C was pressed.
        SystemExit: SIGTERM was received.
        SemsearchError: whatever `SearchIndex.open` raises.
    """
    signal.signal(signal.SIGTERM, _end)
    index = WarmIndex(folder)
    with ExitStack() as stack:
        _start(UnixServer(index), stack)
        if port is not None:
            web = HttpServer(index, port)
            _start(web, stack)
            port = web.port
        ready(port)
        while True:
            time.sleep(_LOOK_S)
            index.refresh()


def _end(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _start(server: Bounded, stack: ExitStack) -> None:
    """Answer in a new thread until the stack is closed."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    stack.callback(_stop, server)
    thread.start()


def _stop(server: Bounded) -> None:
    server.shutdown()
    server.server_close()
    server.drain(_DRAIN_S)
