"""What some models want to read before a query or a passage.

A model that says so in its own config is taken at its word. This table is for those that were
published, or saved again, without: left alone they would answer, only worse.
"""

import re
from pathlib import Path
from typing import NamedTuple

from semsearch.encoders.folders import CONFIG, read_json


class Prompts(NamedTuple):
    """Put before every query, and before every passage."""

    query: str = ""
    passage: str = ""


_RETRIEVE = "Represent this sentence for searching relevant passages: "

# From the model cards; the first pattern found in the model's name, in small letters, counts.
_TABLE = [
    (
        r"\be5-.*instruct",
        Prompts(
            "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
            "Query: "
        ),
    ),
    (r"\be5-(small|base|large)", Prompts("query: ", "passage: ")),
    (r"\bbge-(small|base|large)-en", Prompts(_RETRIEVE)),
    (r"\bbge-(small|base|large)-zh", Prompts("为这个句子生成表示以用于检索相关文章：")),
    (r"\bnomic-embed-text", Prompts("search_query: ", "search_document: ")),
    (r"\bmodernbert-embed", Prompts("search_query: ", "search_document: ")),
    (r"\barctic-embed-.*v2", Prompts("query: ")),
    (r"\barctic-embed", Prompts(_RETRIEVE)),
    (r"\bmxbai-embed-large", Prompts(_RETRIEVE)),
]


def known_prompts(name: str | Path) -> Prompts:
    """The prompts that the table has for a model; empty ones for a model that wants none.

    Args:
        name: `intfloat/multilingual-e5-small`, or a folder, whose own name counts; for a folder
            of the hub's cache, the name of the model that it is a snapshot of.

    Example:
        >>> known_prompts("intfloat/multilingual-e5-small")
        Prompts(query='query: ', passage='passage: ')
    """
    parts = Path(name).parts
    cached = [part.rpartition("--")[2] for part in parts if part.startswith("models--")]
    own_name = (cached or parts or [""])[-1].lower().replace("_", "-")
    for pattern, prompts in _TABLE:
        if re.search(pattern, own_name):
            return prompts
    return Prompts()


def own_prompts(folder: Path) -> Prompts | None:
    """The prompts in the model's own config; None when it has none."""
    prompts = read_json(folder / CONFIG).get("prompts") or {}
    passage = next(
        (prompts[key] for key in ("document", "passage", "corpus") if prompts.get(key)), ""
    )
    own = Prompts(prompts.get("query") or "", passage)
    return own if any(own) else None
