"""Queries by whether an answer stands in their own language, and every ranking for each group.

A mean over all queries hides what a reader who asks in one language of articles in another gets:
where most answers are in the language of the query, they decide it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from semsearch.benchmarking.datasets import Dataset
from semsearch.benchmarking.metrics import Qrels, Run, evaluate, mean, ranked

SAME, OTHER = "answer in the same language", "answer in another language"
UNKNOWN = "language not known"
MEASURES = ("mrr@10", "ndcg@10")
_DEPTH = 10
"""Hits among which a right article is looked for, as in the measures."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some queries of a collection, and how well each ranking answers them."""

    name: str
    queries: int
    scores: dict[str, dict[str, float]]
    """{measure: {ranking: mean}}."""
    ranks: dict[str, list[int]]
    """{ranking: rank of the first right article for each query}, 0 where it is not among the ten
    best; in the order of the queries, so that a later measurement can be compared query by query.
    """


def group_of(
    dataset: Dataset, query_id: str, right: Collection[str], langs: Mapping[str, str | None]
) -> str:
    """The group of a query.

    Args:
        dataset: the languages that it states for answers count first.
        query_id: the query.
        right: its right articles.
        langs: the languages of articles as the index holds them.
    """
    asked = dataset.query_langs[query_id]
    found = dataset.answer_langs[query_id] or {langs.get(doc_id) for doc_id in right}
    if asked is None or not found:
        return UNKNOWN
    if asked in found:
        return SAME
    return UNKNOWN if None in found else OTHER


def measure_groups(
    dataset: Dataset, scored: Qrels, runs: Mapping[str, Run], langs: Mapping[str, str | None]
) -> Iterator[Group]:
    """The groups that have queries.

    Args:
        dataset: the collection.
        scored: judgements of the queries that have a relevant article.
        runs: what each ranking found.
        langs: the languages of articles as the index holds them.
    """
    relevant = {
        query_id: [doc_id for doc_id, relevance in judged.items() if relevance > 0]
        for query_id, judged in scored.items()
    }
    groups = {id_: group_of(dataset, id_, right, langs) for id_, right in relevant.items()}
    for name in (SAME, OTHER, UNKNOWN):
        members = [query_id for query_id in scored if groups[query_id] == name]
        if not members:
            continue
        qrels = {query_id: scored[query_id] for query_id in members}
        yield Group(
            name,
            len(members),
            {
                measure: {
                    ranking: mean(evaluate(qrels, run, measure)) for ranking, run in runs.items()
                }
                for measure in MEASURES
            },
            {
                ranking: [_first_rank(relevant[id_], run.get(id_, ())) for id_ in members]
                for ranking, run in runs.items()
            },
        )


def _first_rank(right: Collection[str], answers: Sequence[str] | Mapping[str, float]) -> int:
    places = (rank for rank, id_ in enumerate(ranked(answers)[:_DEPTH], 1) if id_ in right)
    return next(places, 0)
