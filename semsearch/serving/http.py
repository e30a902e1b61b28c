"""The HTTP server on the loopback interface: which requests it accepts and what it sends."""

import re
import socketserver
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from semsearch.errors import InputError
from semsearch.serving.api import Api, Refusal, Reply, refuse
from semsearch.serving.bounds import Bounded
from semsearch.serving.warm import WarmIndex

_MOST_BYTES = 1 << 16
"""Longest body of a request (a choice): a query and its options take a few hundred bytes."""
# Another site may make its own name resolve to this machine (DNS rebinding), so that its pages can
# read the answers. Such requests carry the site's name in the Host header and are refused.
_OWN_NAME = re.compile(r"(localhost|127\.0\.0\.1)(:\d+)?", re.IGNORECASE)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class HttpServer(Bounded, socketserver.TCPServer):
    """Serves the API of one index on 127.0.0.1."""

    allow_reuse_address = True

    def __init__(self, index: WarmIndex, port: int) -> None:
        """Port 0 takes any free port. Raises InputError if the port is taken."""
        self.api = Api(index)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise InputError(
                f"port {port} cannot be used: {error.strerror}. "
                "Choose another one with --port, or turn HTTP off with --no-http."
            ) from error

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return int(self.socket.getsockname()[1])


class _Handler(BaseHTTPRequestHandler):
    """One request; the connection is closed after it."""

    server: HttpServer
    timeout = 10.0
    """Seconds for each read and for sending an answer (a choice)."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def version_string(self) -> str:
        """The value of the Server header."""
        return "semsearch"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Report as JSON what the standard library refuses: a line too long, an unknown method."""
        self.command = self.command or ""
        self._send(refuse(code, message or HTTPStatus(code).phrase))

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: ANN401
        """Do not log requests: queries are private."""

    def _answer(self) -> None:
        try:
            self._check_host()
            body = self._body() if self.command == "POST" else b""
            reply = self.server.api.reply(self.command, self.path, body)
        except Refusal as refusal:
            reply = refuse(refusal.status, str(refusal))
        self._send(reply)

    def _check_host(self) -> None:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or not _OWN_NAME.fullmatch(hosts[0]):
            raise Refusal(HTTPStatus.FORBIDDEN, "the Host header must be localhost or 127.0.0.1")

    def _body(self) -> bytes:
        if self.headers.get_content_type() != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,18}", length):
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "send a Content-Length header")
        if int(length) > _MOST_BYTES:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {_MOST_BYTES} bytes")
        return self.rfile.read(int(length))

    def _send(self, reply: Reply) -> None:
        data = reply.text.encode()
        self.send_response(reply.status)
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(data))}
        for name, value in (_HEADERS | headers | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
