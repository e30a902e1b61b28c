"""The OpenAPI document, made from the dataclasses of questions and answers."""

import ast
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, replace
from enum import Enum
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from semsearch.client import constructor_fields
from semsearch.render.as_json import hit_json, search_json
from semsearch.reports import Status
from semsearch.request import Request, Similar
from semsearch.serving.parameters import SHORT
from semsearch.types import VERSION, Copy, Explanation, Hit, Mode, SearchResult

Json = dict[str, Any]

_SCALARS = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
}
_TEXT = "Une secousse a été ressentie à Agadir."
_BARE = Hit(
    rank=1,
    score=0.52,
    doc_id="fr/seisme.txt",
    path="/home/me/news/fr/seisme.txt",
    title="Séisme au Maroc",
    lang="fr",
    date="2024-09-08",
    start=0,
    end=len(_TEXT),
    text=_TEXT,
    line=1,
    page=None,
)
_FULL = replace(
    _BARE,
    relevance=0.91,
    similar=(Copy("en/quake.txt", "/home/me/news/en/quake.txt", "Quake in Morocco", "en"),),
    explanation=Explanation({"dense": 0.52}, {"known": 0.5}),
)
"""A hit with every field that it can have in JSON."""


def document() -> Json:
    """The OpenAPI 3.1 description of the routes in `api.Api`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "semsearch",
            "version": VERSION,
            "summary": "Ask a folder of articles a question, in any language.",
        },
        "paths": _paths(),
        "components": {
            "schemas": {
                "Request": _object(Request),
                "SearchResult": _result(),
                "Status": _object(Status),
                "Document": {"type": "object"},
                "Error": {
                    "type": "object",
                    "properties": {"error": {"type": "string"}},
                    "required": ["error"],
                },
            }
        },
    }


def _paths() -> Json:
    found = _answer("The hits, best first; an empty list when nothing is found.", "SearchResult")
    held = _answer("What the index holds.", "Status")
    described = _answer("OpenAPI 3.1.", "Document")
    body = {"required": True, "content": {"application/json": {"schema": _reference("Request")}}}
    by_json = _operation("searchByJson", "The same, with the options as a JSON body", found)
    return {
        "/search": {
            "get": _operation("search", "Find the passages that answer", found, Request),
            "post": by_json | {"requestBody": body},
        },
        "/similar": {
            "get": _operation("similar", "Find articles like one that is indexed", found, Similar)
        },
        "/status": {"get": _operation("status", "Show what the index holds", held)},
        "/openapi.json": {"get": _operation("openapi", "This document", described)},
    }


def schema(kind: Any) -> Json:  # noqa: ANN401 - any type
    """The JSON Schema of a type that a field is annotated with."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [schema(each) for each in inner]}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [each.value for each in kind]}
    if origin is Sequence or (origin is tuple and ... in inner):
        return {"type": "array", "items": schema(inner[0])}
    if origin is tuple:
        size = len(inner)
        return {"type": "array", "items": schema(inner[0]), "minItems": size, "maxItems": size}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": schema(inner[1])}
    return _SCALARS.get(kind) or _object(kind)


def _object(kind: Any) -> Json:  # noqa: ANN401 - a dataclass
    required = [field.name for field in constructor_fields(kind) if not _has_default(field)]
    return {
        "type": "object",
        "properties": _properties(kind),
        "required": required,
        "additionalProperties": False,
    }


def _properties(kind: Any) -> Json:  # noqa: ANN401 - a dataclass
    hints, texts = get_type_hints(kind), _field_docstrings(kind)
    properties = {}
    for field in constructor_fields(kind):
        described = schema(hints[field.name])
        if field.name in texts:
            described = described | {"description": texts[field.name]}
        if field.default is not MISSING:
            described = described | {"default": field.default}
        properties[field.name] = described
    return properties


def _has_default(field: Any) -> bool:  # noqa: ANN401 - Field of any type
    return field.default is not MISSING or field.default_factory is not MISSING


def _field_docstrings(kind: type) -> dict[str, str]:
    """The string under each field of a class and of its bases, which Python itself drops."""
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for base in kind.__mro__[:-1]
        for field, text in pairwise(_body(base))
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _body(kind: type) -> list[ast.stmt]:
    (statement,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(statement, ast.ClassDef)
    return statement.body


def _result() -> Json:
    """The schema of what `search_json` writes: some of the fields of SearchResult and Hit."""
    query, timings = "earthquake in Morocco", {"encode": 0.3, "lexical": 0.3, "total": 0.9}
    example = search_json(SearchResult(query, Mode.HYBRID, (_FULL,), timings))
    result, hit = _properties(SearchResult), _properties(Hit)
    hits = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: hit[name] for name in hit_json(_FULL)},
            "required": list(hit_json(_BARE)),
        },
    }
    return {
        "type": "object",
        "properties": {name: hits if name == "hits" else result[name] for name in example},
        "required": list(example),
        "examples": [example],
    }


def _operation(name: str, summary: str, answer: Json, kind: Any = None) -> Json:  # noqa: ANN401
    operation: Json = {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": answer,
            "400": _answer("A parameter is missing, unknown or not valid.", "Error"),
            "403": _answer("The Host header names another machine.", "Error"),
            "503": _answer("The index is missing, busy or damaged.", "Error"),
        },
    }
    if kind:
        operation["parameters"] = _parameters(kind)
    return operation


def _parameters(kind: Any) -> list[Json]:  # noqa: ANN401 - a dataclass
    names = {field: name for name, field in SHORT.items()}
    shape = _object(kind)
    return [
        {
            "name": names.get(field, field),
            "in": "query",
            "required": field in shape["required"],
            "description": described["description"],
            "schema": {name: value for name, value in described.items() if name != "description"},
        }
        for field, described in shape["properties"].items()
    ]


def _answer(description: str, name: str) -> Json:
    return {
        "description": description,
        "content": {"application/json": {"schema": _reference(name)}},
    }


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
