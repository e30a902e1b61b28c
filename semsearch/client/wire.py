"""Dataclasses as JSON and back: the messages between a client and a server.

A field that is added to one of the dataclasses needs no change here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from semsearch.errors import InputError
from semsearch.request import Question

T = TypeVar("T")

_IN_WORDS = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}


def dump(message: object) -> bytes:
    """A dataclass as one JSON object in ASCII; lone surrogates and floats are kept exactly."""
    return json.dumps(message, default=_plain).encode()


def _plain(value: Any) -> object:  # noqa: ANN401 - any type
    """A value that `json` can write, instead of one that it cannot."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(value) if isinstance(value, Mapping) else list(value)


def load(kind: type[T], data: bytes) -> T:
    """The dataclass that `dump` wrote. Raises InputError if the data is not one of that kind."""
    found: T = decode(kind, _parsed(data))
    return found


def load_question(data: bytes) -> Question:
    """The question that `dump` wrote. Raises InputError if the data is neither kind of question."""
    found: Question = decode(Question, _parsed(data))
    return found


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not valid JSON: {error}") from error


def decode(kind: Any, value: Any, name: str = "the message") -> Any:  # noqa: ANN401 - any type
    """A parsed JSON value, converted to the type that a field is annotated with.

    Args:
        kind: a dataclass, an enum, str, int, float, bool, None, a tuple, sequence or mapping of
            them, or a union.
        value: a result of `json.loads`.
        name: the name of the field, for error messages.

    Raises:
        InputError: the value is not of that type, or a field is unknown or missing.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _decode_union(inner, value, name)
    if is_dataclass(kind):
        return _decode_fields(kind, value, name)
    if isinstance(kind, type) and issubclass(kind, Enum):
        if value not in list(kind):
            raise InputError(f"{name} must be one of {', '.join(kind)}, not {value!r}")
        return kind(value)
    if origin in (tuple, Sequence) and isinstance(value, list):
        same = origin is Sequence or ... in inner
        kinds = inner[:1] * len(value) if same else inner
        if len(kinds) == len(value):
            return tuple(map(decode, kinds, value, [name] * len(value)))
    if origin is Mapping and isinstance(value, dict):
        return {key: decode(inner[1], item, name) for key, item in value.items()}
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise InputError(f"{name} must be {_IN_WORDS.get(kind, kind)}, not {value!r}")
    return value


def constructor_fields(kind: Any) -> list[Field[Any]]:  # noqa: ANN401 - a dataclass
    """The fields of a dataclass in the order of its constructor: keyword-only fields come last."""
    return sorted(fields(kind), key=lambda field: field.kw_only is True)


def _decode_union(kinds: Sequence[Any], value: Any, name: str) -> Any:  # noqa: ANN401
    errors = []
    for kind in kinds:
        try:
            return decode(kind, value, name)
        except InputError as error:
            errors.append(error)
    raise errors[0]


def _decode_fields(kind: Any, value: Any, name: str) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        raise InputError(f"{name} must be an object, not {value!r}")
    hints = get_type_hints(kind)
    known = {field.name: field for field in constructor_fields(kind)}
    for field_name in value:
        if field_name not in known:
            raise InputError(f"there is no field {field_name!r}; the fields are {', '.join(known)}")
    for field in known.values():
        if field.default is field.default_factory is MISSING and field.name not in value:
            raise InputError(f"{field.name} is missing")
    return kind(**{name: decode(hints[name], item, name) for name, item in value.items()})
