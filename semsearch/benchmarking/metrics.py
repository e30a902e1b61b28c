"""nDCG, MRR and recall of rankings against relevance judgements, computed as trec_eval does."""

import math
import re
from collections.abc import Mapping, Sequence
from ctypes import c_float

from semsearch.errors import InputError

Qrels = Mapping[str, Mapping[str, int]]
"""{query_id: {doc_id: relevance}}; an article with 1 or more is relevant."""
Run = Mapping[str, Sequence[str] | Mapping[str, float]]
"""{query_id: doc_ids, best first}, or {query_id: {doc_id: score}}."""


def evaluate(qrels: Qrels, run: Run, measure: str) -> dict[str, float]:
    """The score of every judged query; a query that is missing in the run scores 0.

    Args:
        qrels: judgements. Queries without a relevant article are left out.
        run: rankings, each without duplicates; those with scores are sorted by `ranked`.
        measure: `ndcg@k`, `mrr@k` or `recall@k`.

    Raises:
        InputError: the measure is not one of those.
    """
    match = re.fullmatch(r"(ndcg|mrr|recall)@([1-9]\d*)", measure)
    if not match:
        raise InputError(
            f"unknown measure {measure}: use ndcg@k, mrr@k or recall@k, such as ndcg@10"
        )
    score = {"ndcg": ndcg, "mrr": reciprocal_rank, "recall": recall}[match[1]]
    return {
        query_id: score(judged, ranked(run.get(query_id, ())), int(match[2]))
        for query_id, judged in qrels.items()
        if any(relevance > 0 for relevance in judged.values())
    }


def ranked(answers: Sequence[str] | Mapping[str, float]) -> Sequence[str]:
    """Doc_ids, best first; those with scores in the order of trec_eval.

    That is by descending score in single precision, and for equal scores by descending doc_id, in
    the order of code points. Ranks that a file states are not used.

    Example:
        >>> ranked({"a": 1.0, "b": 1.0, "c": 2.0})
        ['c', 'b', 'a']
    """
    if not isinstance(answers, Mapping):
        return answers
    keys = {doc_id: (c_float(score).value, doc_id) for doc_id, score in answers.items()}
    return sorted(keys, key=keys.__getitem__, reverse=True)


def mean(scores: Mapping[str, float]) -> float:
    """The mean over queries; 0.0 for none."""
    return sum(scores.values()) / len(scores) if scores else 0.0


def ndcg(judged: Mapping[str, int], ranking: Sequence[str], k: int) -> float:
    """Normalised discounted cumulative gain, in [0, 1].

    DCG@k = sum of rel_i / log2(i + 1) over ranks i = 1..k, divided by that of the ideal ranking.
    Linear gain (Järvelin and Kekäläinen 2002), as in trec_eval; a negative relevance gains 0.

    Example:
        >>> round(ndcg({"a": 1}, ["b", "a"], 10), 4)
        0.6309
    """
    ideal = sorted(judged.values(), reverse=True)
    best = _dcg(ideal[:k])
    return _dcg([judged.get(doc_id, 0) for doc_id in ranking[:k]]) / best if best else 0.0


def reciprocal_rank(judged: Mapping[str, int], ranking: Sequence[str], k: int) -> float:
    """1 / rank of the first relevant article among the k best; 0.0 when there is none.

    Example:
        >>> reciprocal_rank({"a": 1}, ["b", "a"], 10)
        0.5
    """
    for rank, doc_id in enumerate(ranking[:k], 1):
        if judged.get(doc_id, 0) > 0:
            return 1 / rank
    return 0.0


def recall(judged: Mapping[str, int], ranking: Sequence[str], k: int) -> float:
    """Share of the relevant articles that are among the k best.

    Example:
        >>> recall({"a": 1, "b": 1}, ["b", "c"], 10)
        0.5
    """
    relevant = {doc_id for doc_id, relevance in judged.items() if relevance > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def _dcg(gains: Sequence[int]) -> float:
    return sum(max(gain, 0) / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
