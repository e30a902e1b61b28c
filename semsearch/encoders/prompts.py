"""The prompts that some models were trained to read before a query or a passage.

Prompts in the config of a model come first. The table here is for models that were published or
saved without theirs: they would still work, but rank worse.
"""

import re
from pathlib import Path
from typing import NamedTuple

from semsearch.encoders.folders import CONFIG, read_json


class Prompts(NamedTuple):
    """The text put before every query, and before every passage."""

    query: str = ""
    passage: str = ""


_RETRIEVE = "Represent this sentence for searching relevant passages: "

# From the model cards on the hub. The first pattern found in the name in lower case applies.
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
    """The prompts of a model by its name; empty ones if the table has none for it.

    Args:
        name: a name such as `intfloat/multilingual-e5-small`, or a folder. The last part of the
            path is compared; in the hub's cache, the name of the model in the path.

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
    """The prompts in the config of a model; None if it has none."""
    prompts = read_json(folder / CONFIG).get("prompts") or {}
    passage = next(
        (prompts[key] for key in ("document", "passage", "corpus") if prompts.get(key)), ""
    )
    own = Prompts(prompts.get("query") or "", passage)
    return own if any(own) else None
