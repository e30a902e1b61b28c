"""How well relevance separates answers from what is merely first, for easy and for hard queries."""

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from semsearch.benchmarking.collection_index import build
from semsearch.benchmarking.datasets import Dataset
from semsearch.benchmarking.groups import OTHER, SAME, UNKNOWN, group_of
from semsearch.benchmarking.halves import half, stable_hash, without
from semsearch.benchmarking.hard_queries import KINDS, answered, unanswered
from semsearch.errors import InputError
from semsearch.index import SearchIndex
from semsearch.store import Reader
from semsearch.types import MIN_RELEVANCE, Document, Progress, SearchResult, no_progress

LOW = 0.3
"""The relevance that few queries without an answer should reach, as the pages tell users."""
ONE = "one article"
GROUPS = (SAME, OTHER, UNKNOWN, ONE, *KINDS)
_SINGLE = 8
"""Indexes of one article, a choice: each takes a second."""
_OTHERS = 10
"""Queries that such an article does not answer, for each, a choice."""
_BATCH = 64
"""Queries that are searched together, a choice: progress is reported after each batch."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, and the articles that answer it."""

    group: str
    text: str
    right: Collection[str]
    """Empty where nothing in the index answers."""


@dataclass(slots=True)
class Tally:
    """What came of the queries of a group."""

    found: int = 0
    """Queries with an answer for which it is among the ten hits, or a copy of it is."""
    hidden: int = 0
    """Of these, those whose answer has a relevance below the cut-off."""
    unanswered: int = 0
    """Queries without an answer."""
    stopped: int = 0
    """Of these, those whose best hit is below the cut-off, or that have no hit."""
    low: int = 0
    """Of these, those whose best hit is below 0.3."""
    searches: int = 0
    rising: int = 0
    """Searches in which a hit has a higher relevance than one before it."""

    def add(self, asked: Asked, result: SearchResult) -> None:
        """Count one search. A hit without a relevance is shown, so it counts as relevant."""
        values = [1.0 if hit.relevance is None else hit.relevance for hit in result.hits]
        self.searches += 1
        self.rising += any(later > earlier for earlier, later in pairwise(values))
        if not asked.right:
            self.unanswered += 1
            self.stopped += max(values, default=0.0) < MIN_RELEVANCE
            self.low += max(values, default=0.0) < LOW
            return
        for hit, value in zip(result.hits, values, strict=True):
            if {hit.doc_id, *(copy.doc_id for copy in hit.similar)} & set(asked.right):
                self.found += 1
                self.hidden += value < MIN_RELEVANCE
                return


def measure(
    dataset: Dataset,
    folder: Path,
    model: str | None = None,
    progress: Progress = no_progress,
) -> list[dict[str, str | int]]:
    """Ask an index of half of the articles, and some indexes of one article.

    Every query is answerable or not, as all its right articles are in the half or none is. Hard
    queries come from `hard_queries`. All are asked as a user asks them: ten hits, copies folded.

    Args:
        dataset: a collection from `load_dataset`.
        folder: of the index of all articles, brought up to date; made when missing.
        model: that of an existing index when None, or the default for a new one.
        progress: called with the numbers of files or queries done and of all.

    Returns:
        A `Tally` for each group that has queries, with the name of the group as `of`.

    Raises:
        InputError: no article could be indexed, or the index holds other articles too.
        SemsearchError: the model or the index cannot be used.
    """
    build(dataset, folder, model, progress).close()
    articles = _articles(folder)
    right = {
        query_id: [doc_id for doc_id, relevance in judged.items() if relevance > 0]
        for query_id, judged in dataset.qrels.items()
    }
    held = half(articles, right)
    if len(held) == len(articles):
        raise InputError(
            f"every article of {dataset.name} is right for the same queries, so that no half of "
            "them can be left out: use a larger collection"
        )
    langs = {doc_id: document.lang for doc_id, document in articles.items()}
    queries = [
        Asked(group_of(dataset, id_, right[id_], langs), text, held.intersection(right[id_]))
        for id_, text in dataset.queries.items()
        if right[id_]
    ]
    kept = {doc_id: document for doc_id, document in articles.items() if doc_id in held}
    queries += [Asked(kind, text, [doc_id]) for kind, text, doc_id in answered(kept) if doc_id]
    queries += [Asked(kind, text, ()) for kind, text, _ in unanswered(articles)]
    tallies = {group: Tally() for group in GROUPS}
    with tempfile.TemporaryDirectory() as temporary:
        with without(articles.keys() - held, folder, Path(temporary) / "half") as index:
            _ask(index, queries, tallies, progress)
        for number, (doc_id, own) in enumerate(_single(dataset, right)):
            place = Path(temporary) / str(number)
            with without(articles.keys() - {doc_id}, folder, place) as index:
                _ask(index, own, tallies, progress)
    return [{"of": group, **asdict(tally)} for group, tally in tallies.items() if tally.searches]


def _articles(folder: Path) -> dict[str, Document]:
    """All articles of an index, by doc_id."""
    with closing(Reader(folder)) as reader, reader.snapshot():
        rows = [facts.document for facts in reader.facts()]
        return {each.doc_id: each for each in reader.documents(rows).values()}


def _ask(
    index: SearchIndex, queries: list[Asked], tallies: Mapping[str, Tally], progress: Progress
) -> None:
    for start in range(0, len(queries), _BATCH):
        batch = queries[start : start + _BATCH]
        results = index.search_many([asked.text for asked in batch], highlights=False)
        for asked, result in zip(batch, results, strict=True):
            tallies[asked.group].add(asked, result)
        progress(start + len(batch), len(queries))


def _single(
    dataset: Dataset, right: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, list[Asked]]]:
    """Some articles that answer a query, each with its own queries and some of others."""
    own: dict[str, list[str]] = {}
    for query_id, doc_ids in right.items():
        for doc_id in doc_ids:
            own.setdefault(doc_id, []).append(query_id)
    for doc_id in sorted(own, key=stable_hash)[:_SINGLE]:
        others = [id_ for id_ in right if right[id_] and id_ not in own[doc_id]]
        others = sorted(others, key=lambda id_: stable_hash(doc_id + id_))[:_OTHERS]
        answered_here = [Asked(ONE, dataset.queries[id_], [doc_id]) for id_ in own[doc_id]]
        yield doc_id, [*answered_here, *(Asked(ONE, dataset.queries[id_], ()) for id_ in others)]
