"""Queries of kinds for which relevance is hard to tell: short, names, acronyms, numbers, nonsense.

Those without an answer are in `unanswered.tsv`, written for this benchmark. Those with one are made
of a collection: of a word, an acronym or a number that stands in one of its articles only.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import NamedTuple

from semsearch.text.scripts import FIRST_SYLLABIC
from semsearch.types import Document

WORDS, ACRONYMS, NAMES = "one or two words", "acronyms", "names"
LETTERS_DIGITS, NONSENSE = "letters and digits", "nonsense"
KINDS = (WORDS, ACRONYMS, NAMES, LETTERS_DIGITS, NONSENSE)
_ALWAYS = (LETTERS_DIGITS, NONSENSE)
"""Kinds that are no question even where an article holds the same letters."""
_PER_KIND = 40
"""Articles from which queries of a kind are made, at most. A choice: enough to see 1 % in a few
collections together."""
_WORD = re.compile(r"\w+")
_ACRONYM = re.compile(r"\b[A-Z]{2,5}\b")
_NUMBER = re.compile(r"(?<![\w.,])\d{3,6}(?![\w]|[.,]\d)")


class Query(NamedTuple):
    """A query of a kind, and the article that answers it."""

    kind: str
    text: str
    right: str | None
    """None where no article answers."""


def unanswered(articles: Mapping[str, Document]) -> Iterator[Query]:
    """The queries that no article answers.

    One is left out, in all languages, where an article holds its words in any of them.
    """
    held = [_content(document).casefold() for document in articles.values()]
    words = [frozenset(_WORD.findall(text)) for text in held]
    for line in (files(__package__) / "unanswered.tsv").read_text("utf-8").splitlines()[1:]:
        kind, *texts = line.split("\t")
        said = any(
            _says(content, own, text.casefold())
            for text in texts
            for content, own in zip(held, words, strict=True)
        )
        if kind in _ALWAYS or not said:
            yield from (Query(kind, text, None) for text in texts)


def _says(content: str, words: frozenset[str], text: str) -> bool:
    """Whether an article has all words of a text, or the text itself in a script without spaces."""
    return words.issuperset(_WORD.findall(text)) or (text >= FIRST_SYLLABIC and text in content)


def answered(articles: Mapping[str, Document]) -> Iterator[Query]:
    """Queries that one article answers, as no other holds their words."""
    words = _only_here(articles, _long_words, at_least=3)
    for doc_id, own in words.items():
        yield Query(WORDS, own[0], doc_id)
        if len(own) > 1:
            yield Query(WORDS, f"{own[0]} {own[1]}", doc_id)
    for doc_id, own in _only_here(articles, _ACRONYM.findall, at_least=2).items():
        yield Query(ACRONYMS, own[0], doc_id)
    for doc_id, own in _only_here(articles, _NUMBER.findall, at_least=1).items():
        yield Query(LETTERS_DIGITS, own[0], doc_id)


def _only_here(
    articles: Mapping[str, Document], terms: Callable[[str], list[str]], at_least: int
) -> dict[str, list[str]]:
    """The terms that stand in one article only and at least so often, the most frequent first.

    Of the articles that have some, at most forty, spread evenly over all.
    """
    counts = {doc_id: Counter(terms(_content(each))) for doc_id, each in articles.items()}
    holders = Counter(term for count in counts.values() for term in count)
    found = {
        doc_id: sorted(
            (term for term, n in count.items() if n >= at_least and holders[term] == 1),
            key=lambda term: (-count[term], term),
        )
        for doc_id, count in counts.items()
    }
    some = [doc_id for doc_id, own in found.items() if own]
    return {doc_id: found[doc_id] for doc_id in some[:: max(1, -(-len(some) // _PER_KIND))]}


def _long_words(text: str) -> list[str]:
    """Words of five to twenty letters; longer ones are clauses of a script without spaces."""
    words = _WORD.findall(text.casefold())
    return [word for word in words if word.isalpha() and 5 <= len(word) <= 20]


def _content(document: Document) -> str:
    return f"{document.title}\n{document.text}"
