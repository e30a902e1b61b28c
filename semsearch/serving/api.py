"""The routes of the HTTP API: from a method, a target and a body to a reply, without sockets."""

import sys
import traceback
from dataclasses import dataclass, field
from http import HTTPStatus

from semsearch.client import load
from semsearch.errors import InputError, ModelError, ModelMismatch, SemsearchError
from semsearch.render.as_json import dumps, search_json, status_json
from semsearch.request import Request, Similar
from semsearch.serving.openapi import document
from semsearch.serving.page import page
from semsearch.serving.parameters import from_query
from semsearch.serving.warm import WarmIndex


class Refusal(Exception):
    """A request that is refused, with the HTTP status and the reason."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its body, status, content type and further headers."""

    text: str
    status: int = HTTPStatus.OK
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def refuse(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    """A reply that reports an error as JSON."""
    return Reply(dumps({"error": message}, indent=2) + "\n", status, headers=headers or {})


class Api:
    """The routes for one index."""

    def __init__(self, index: WarmIndex) -> None:
        self._index = index
        self._routes = {
            "/": {"GET": self._page},
            "/openapi.json": {"GET": self._document},
            "/search": {"GET": self._search, "POST": self._search_json},
            "/similar": {"GET": self._similar},
            "/status": {"GET": self._status},
        }

    def reply(self, method: str, target: str, body: bytes) -> Reply:
        """The answer, or an error as JSON: 400, 404, 405, 503, or 500 for a bug in semsearch."""
        path, _, query = target.partition("?")
        methods = self._routes.get(path)
        if methods is None:
            message = f"there is no such path; the paths are {', '.join(self._routes)}"
            return refuse(HTTPStatus.NOT_FOUND, message)
        if method not in methods:
            message, allowed = f"{path} does not accept {method}", {"Allow": ", ".join(methods)}
            return refuse(HTTPStatus.METHOD_NOT_ALLOWED, message, allowed)
        try:
            return methods[method](query, body)
        except (SemsearchError, OSError) as error:
            return refuse(_status_of(error), str(error))
        except Exception:
            traceback.print_exc(file=sys.stderr)
            message = "this is a bug in semsearch; the server has printed where it happened"
            return refuse(HTTPStatus.INTERNAL_SERVER_ERROR, message)

    def _search(self, query: str, body: bytes) -> Reply:
        return _json(search_json(self._index.answer(from_query(Request, query))))

    def _search_json(self, query: str, body: bytes) -> Reply:
        return _json(search_json(self._index.answer(load(Request, body))))

    def _similar(self, query: str, body: bytes) -> Reply:
        return _json(search_json(self._index.answer(from_query(Similar, query))))

    def _status(self, query: str, body: bytes) -> Reply:
        return _json(status_json(self._index.status()))

    def _document(self, query: str, body: bytes) -> Reply:
        return _json(document())

    def _page(self, query: str, body: bytes) -> Reply:
        if not query:
            return Reply(page(None), content_type="text/html; charset=utf-8")
        result = self._index.answer(from_query(Request, query))
        if "min_relevance=" not in query:
            result = result.or_nothing()
        return Reply(page(result), content_type="text/html; charset=utf-8")


def _json(value: object) -> Reply:
    return Reply(dumps(value, indent=2) + "\n")


def _status_of(error: Exception) -> HTTPStatus:
    """Bad input is the client's fault; all else, a model that is missing too, is the server's."""
    if isinstance(error, InputError) and not isinstance(error, ModelError | ModelMismatch):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.SERVICE_UNAVAILABLE
