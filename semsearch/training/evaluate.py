"""How good a model is on the development sets, by dense search alone.

None of these sets is in the training text. MRR@10 is the mean of 1/rank of the right article over
all queries, 0 for ranks beyond 10. The score of an article is that of its best passage.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings, Encoder

PASSAGE_WORDS = 110
"""A choice: about the length of the passages in an index."""

OWN_QUESTIONS = (
    "Quel pays du Maghreb s'est joint aux pourparlers contre le groupe jihadiste ?",
    "Que deviennent les djihadistes après la mort de leur chef ?",
    "Which North African country joined the talks on defeating the jihadists?",
    "What did the head of the Atlantic alliance say about terrorism in Iraq?",
    "¿Qué país magrebí asistió a la reunión contra los yihadistas en la capital estadounidense?",
    "Treffen der Staaten gegen die Terrormiliz nach dem Tod ihres Anführers",
    "مشاركة المغرب في اجتماع واشنطن ضد تنظيم الدولة الإسلامية",
    "ماذا سيحدث لتنظيم داعش بعد مقتل زعيمه؟",
)
"""Questions about one article in `seeds/`, in other words than those of the article."""

_SENTENCE_END = re.compile(r"(?<=[.!?؟।])\s+|(?<=[。！？])|\n+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Collection:
    """Articles cut into passages."""

    names: list[str]
    vectors: Embeddings
    """(passages, d)"""
    owners: npt.NDArray[np.int64]
    """(passages,) the index in `names` of the article of each passage, ascending."""

    @classmethod
    def of(cls, encoder: Encoder, articles: Sequence[tuple[str, str]]) -> "Collection":
        """Cut and encode articles, given as (name, text)."""
        passages = [list(cut(text)) for _, text in articles]
        owners = np.repeat(np.arange(len(articles)), [len(part) for part in passages])
        vectors = encoder.encode_passages([text for part in passages for text in part])
        return cls([name for name, _ in articles], vectors, owners)

    def scores(self, queries: Embeddings) -> npt.NDArray[np.float32]:
        """(q, articles) the cosine of the best passage of each article."""
        similarities = queries @ self.vectors.T  # (q, passages)
        starts = np.searchsorted(self.owners, np.arange(len(self.names)))
        best: npt.NDArray[np.float32] = np.maximum.reduceat(similarities, starts, axis=1)
        return best

    def ranks(self, queries: Embeddings, relevant: Sequence[str]) -> npt.NDArray[np.int64]:
        """(q,) the rank, from 1, of the article that each query should find."""
        scores = self.scores(queries)
        columns = [self.names.index(name) for name in relevant]
        right = scores[np.arange(len(columns)), columns][:, None]
        ranks: npt.NDArray[np.int64] = (scores > right).sum(axis=1) + 1
        return ranks


def cut(text: str) -> Iterator[str]:
    """Passages of whole sentences, of about `PASSAGE_WORDS` words."""
    passage, words = "", 0.0
    for sentence in _SENTENCE_END.split(text):
        size = len(sentence.split()) + len(_UNSPACED.findall(sentence)) / 1.8
        if passage and words + size > PASSAGE_WORDS:
            yield passage
            passage, words = "", 0.0
        passage, words = f"{passage} {sentence}".strip(), words + size
    yield passage


def mrr(ranks: npt.NDArray[np.int64]) -> float:
    """MRR@10 of ranks that begin with 1."""
    return float(np.where(ranks <= 10, 1 / ranks, 0).mean())


def evaluate(encoder: Encoder, data: Path, seed_article: Path) -> dict[str, float]:
    """Measure a model on all development sets.

    Args:
        encoder: the model.
        data: folder with ntrex-dev, xquad-dev, pud.tsv and stsb-dev.tsv.
        seed_article: text file of the article that `OWN_QUESTIONS` are about.

    Returns:
        Each figure by its name.
    """
    figures = _headlines(encoder, data / "ntrex-dev")
    for folder in sorted((data / "xquad-dev").iterdir()):
        figures[f"xquad-{folder.name}"] = _questions(encoder, folder)
    figures |= _translations(encoder, data / "pud.tsv")
    figures |= _similarity(encoder, data / "stsb-dev.tsv")
    return figures | _own_article(encoder, data / "ntrex-dev", seed_article)


def _headlines(encoder: Encoder, folder: Path) -> dict[str, float]:
    """MRR@10 of headlines as queries for the articles of each language, within and across."""
    articles, headlines = (
        by_language(folder / "corpus.jsonl"),
        by_language(folder / "queries.jsonl"),
    )
    pools = {lang: Collection.of(encoder, rows) for lang, rows in articles.items()}
    within: dict[str, float] = {}
    across: dict[str, list[float]] = {lang: [] for lang in pools}
    for asked, rows in headlines.items():
        queries = encoder.encode_queries([text for _, text in rows])
        for lang, pool in pools.items():
            value = mrr(pool.ranks(queries, [name for name, _ in rows]))
            if lang == asked:
                within[lang] = value
            else:
                across[lang].append(value)
                across[asked].append(value)
    every = [value for values in across.values() for value in values]
    figures = {
        "ntrex-across": float(np.mean(every)),
        "ntrex-same": float(np.mean([*within.values()])),
    }
    figures |= {f"across-{lang}": float(np.mean(values)) for lang, values in across.items()}
    return figures | {f"same-{lang}": value for lang, value in within.items()}


def _questions(encoder: Encoder, folder: Path) -> float:
    articles, asked = read_questions(folder)
    pool = Collection.of(encoder, articles)
    queries = encoder.encode_queries([text for text, _ in asked])
    return mrr(pool.ranks(queries, [name for _, name in asked]))


def read_questions(folder: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(name, text) of each article, and (question, name of the article that answers it)."""
    articles = [(row["_id"], row["text"]) for row in _records(folder / "corpus.jsonl")]
    texts = {row["_id"]: row["text"] for row in _records(folder / "queries.jsonl")}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return articles, [(texts[row["query-id"]], row["corpus-id"]) for row in rows]


def _translations(encoder: Encoder, path: Path) -> dict[str, float]:
    """The share of sentences whose English translation is nearest among a thousand (PUD)."""
    sentences: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            sentences.setdefault(row["lang"], {})[row["group_id"]] = row["text"]
    english = sentences.pop("en")
    right = Collection.of(encoder, list(english.items()))
    figures = {}
    for lang, rows in sentences.items():
        shared = [name for name in rows if name in english]
        queries = encoder.encode_queries([rows[name] for name in shared])
        figures[f"pud-{lang}"] = float((right.ranks(queries, shared) == 1).mean())
    return figures | {"pud": float(np.mean(list(figures.values())))}


def _similarity(encoder: Encoder, path: Path) -> dict[str, float]:
    """Spearman's rank correlation with the scores that people gave (STS-B)."""
    rows: dict[str, list[tuple[str, str, float]]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            rows.setdefault(row["lang"], []).append(
                (row["sentence1"], row["sentence2"], float(row["score"]))
            )
    figures = {}
    for lang, triples in rows.items():
        first, second, scores = zip(*triples, strict=True)
        cosines = np.einsum(
            "nd,nd->n", encoder.encode_queries(first), encoder.encode_queries(second)
        )
        figures[f"sts-{lang}"] = float(
            np.corrcoef(_ranked(cosines), _ranked(np.array(scores)))[0, 1]
        )
    return figures | {"sts": float(np.mean(list(figures.values())))}


def _ranked(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Ranks from 1; ties get the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: npt.NDArray[np.float64] = np.cumsum(counts) - (counts - 1) / 2
    return ranks[inverse]


def _own_article(encoder: Encoder, folder: Path, article: Path) -> dict[str, float]:
    """The rank of one article for each of `OWN_QUESTIONS`, among 200 others in five languages."""
    articles = by_language(folder / "corpus.jsonl")
    others = [
        (f"{lang}/{name}", text)
        for lang in ("fr", "en", "es", "de", "ar")
        for name, text in articles[lang][:40]
    ]
    pool = Collection.of(encoder, [("own", article.read_text(encoding="utf-8")), *others])
    ranks = pool.ranks(encoder.encode_queries(OWN_QUESTIONS), ["own"] * len(OWN_QUESTIONS))
    figures = {f"own-{number}": float(rank) for number, rank in enumerate(ranks, start=1)}
    return figures | {"own-first": float((ranks == 1).sum())}


def by_language(path: Path) -> dict[str, list[tuple[str, str]]]:
    """(name, text) of articles by language, from records with ids like `language/name`."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for record in _records(path):
        lang, name = record["_id"].split("/", 1)
        rows.setdefault(lang, []).append((name, record["text"]))
    return rows


def _records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
