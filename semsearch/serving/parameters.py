"""The query string of a URL as a dataclass."""

from collections.abc import Sequence
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import parse_qs

from semsearch.client import decode
from semsearch.errors import InputError

T = TypeVar("T")

SHORT = {"q": "query", "id": "path_or_id"}
"""Names of parameters that are not the names of their fields."""
_MOST = 100
"""Largest number of parameters in one URL (a choice)."""


def from_query(kind: type[T], query: str) -> T:
    """A dataclass from `name=value&...`; a parameter with several values is repeated.

    Raises:
        InputError: a value is not of the type of its field, or a field is unknown or missing.
    """
    hints = get_type_hints(kind)
    values = {}
    try:
        given = parse_qs(query, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        raise InputError(f"there are more than {_MOST} parameters in the URL") from None
    for name, texts in given.items():
        field = SHORT.get(name, name)
        values[field] = _value(hints.get(field), texts, name)
    found: T = decode(kind, values)
    return found


def _value(kind: Any, texts: Sequence[str], name: str) -> object:  # noqa: ANN401 - any type
    if kind is not None and get_origin(kind) in (Sequence, tuple):
        return [_value(get_args(kind)[0], [text], name) for text in texts]
    if len(texts) > 1:
        raise InputError(f"{name} is given twice, but takes one value")
    kinds = [each for each in get_args(kind) if each is not NoneType] or [kind]
    return _scalar(kinds[0], texts[0])


def _scalar(kind: Any, text: str) -> object:  # noqa: ANN401 - any type
    """The text as a JSON value of that kind; the text itself if it is not one."""
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text
