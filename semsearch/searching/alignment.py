"""A second look at the best articles: how much of a query they say, in tokens and in letters."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from semsearch.encoders import aligner_of
from semsearch.encoders.sentence_tokens import (
    article_sentences,
    marked_tokens,
    sentences,
    without_marks,
)
from semsearch.errors import IndexDamaged
from semsearch.ranking import (
    MAX_COMPARED_CHARS,
    ArticleFeatures,
    RankedPassages,
    alignment_part,
    balance_part,
    fill_unmeasured,
    overlap,
    shortlist,
    spelling_part,
)
from semsearch.request import Request
from semsearch.store import ChunkTable, Reader
from semsearch.types import Aligner, Document, Encoder, Rows, Scores, TokenIds

_PASSAGES_TOGETHER = 2
"""Best passages of one article that are compared with the query as one text. A choice
(2026-11-23)."""


class _Articles(NamedTuple):
    """The candidates of a ranking by article; every passage for itself where a request wants that.

    Articles are numbered in order of their first candidate: a articles, c candidates.
    """

    article_of: Rows
    """(c,) the number of each candidate's article."""
    langs: npt.NDArray[np.int16]
    """(a,)"""
    shortlist: list[int]
    """The articles that are worth a second look."""
    passages: list[list[int]]
    """Chunk ids of the best passages of each article in the shortlist."""

    def for_all(self, values: Scores) -> Scores:
        """(a,) the values of the shortlist, and the lowest of its language for every other."""
        everywhere = np.full(len(self.langs), np.nan, dtype=np.float32)
        everywhere[self.shortlist] = values
        fill_unmeasured(everywhere, self.langs)
        return everywhere


class Alignment:
    """Compares a query with the passages of one state of an index. Threads may share it."""

    def __init__(self, table: ChunkTable, encoder: Encoder, stored_aligner: str) -> None:
        """Prepares nothing yet.

        Args:
            table: the passages.
            encoder: the model of the index.
            stored_aligner: fingerprint of the model whose token ids are in the store.
        """
        self.own_aligner = encoder if isinstance(encoder, Aligner) else None
        """The model of the index, if it can align."""
        self.aligner = aligner_of(encoder)
        self._has_tokens = stored_aligner == self.aligner.fingerprint
        self._table = table

    def rescore(self, ranked: RankedPassages, request: Request, reader: Reader) -> RankedPassages:
        """All candidates in a new order, with what the second look adds to their scores.

        Args:
            ranked: c candidates with the parts of their scores so far.
            request: what the user asked.
            reader: in a snapshot of the same state of the index.
        """
        articles = self._articles(ranked.rows, by_passage=request.passages)
        parts, evidence = self._second_look(articles, request, reader)
        parts, evidence = {**ranked.parts, **parts}, {**ranked.evidence, **evidence}
        scores = sum(parts.values(), np.zeros(len(ranked.rows), dtype=np.float32))
        best = np.full(len(articles.langs), -np.inf, dtype=np.float32)
        np.maximum.at(best, articles.article_of, scores)
        parts["balance"] = balance_part(best, articles.langs)[articles.article_of]
        scores += parts["balance"]
        order = np.lexsort((ranked.rows, -scores))
        return RankedPassages(ranked.rows, scores, parts, evidence).take(order)

    def _articles(self, rows: Rows, *, by_passage: bool) -> _Articles:
        table = self._table
        keys = (rows if by_passage else table.documents[rows]).tolist()
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        article_of = np.array([numbers[key] for key in keys], dtype=np.int64)
        first = np.flatnonzero(np.diff(np.maximum.accumulate(article_of), prepend=-1))
        langs = table.langs[rows[first]]
        chosen = shortlist(langs)
        groups = [np.flatnonzero(article_of == article)[:_PASSAGES_TOGETHER] for article in chosen]
        passages = [table.ids[rows[group]].tolist() for group in groups]
        return _Articles(article_of, langs, chosen, passages)

    def _second_look(
        self, articles: _Articles, request: Request, reader: Reader
    ) -> tuple[dict[str, Scores], dict[str, Scores]]:
        """Parts and evidence of the candidates' scores, (c,) each.

        Without alignment where the model cannot read the script of the query.
        """
        of, langs = articles.article_of, articles.langs
        texts = reader.passage_texts([id_ for group in articles.passages for id_ in group])
        groups = [[texts[id_] for id_ in group] for group in articles.passages]
        spelling = articles.for_all(overlap(request.query, groups))
        parts = {"spelling": spelling_part(spelling, langs)[of]}
        evidence: dict[str, Scores] = {}
        if self.aligner.can_read(request.query):
            tokens = self._token_ids(texts, reader)
            joined = [np.concatenate([tokens[id_] for id_ in ids]) for ids in articles.passages]
            alignment = articles.for_all(self.aligner.align(request.query, joined))
            parts["alignment"] = alignment_part(alignment, langs)[of]
            evidence["alignment"] = alignment[of]
        return parts, evidence

    def _token_ids(self, texts: dict[int, str], reader: Reader) -> dict[int, TokenIds]:
        """The token ids of passages by chunk id: stored ones if they are those of the aligner."""
        if self._has_tokens:
            return {
                id_: without_marks(stored) for id_, stored in reader.token_ids(list(texts)).items()
            }
        return dict(zip(texts, self.aligner.token_ids(list(texts.values())), strict=True))

    def sentence_shares(
        self, query: str, passages: Mapping[int, Sequence[str]], reader: Reader
    ) -> Scores:
        """(s,) how much of a query each sentence of some passages says, token by token, in [0, 1].

        By the aligner, whichever model encodes the passages; 0 where it cannot read the query.

        Args:
            query: its text.
            passages: the sentences of each passage by chunk id, s in all.
            reader: in a snapshot of the same state of the index.

        Raises:
            IndexDamaged: the stored tokens are not those of these sentences.
        """
        everything = [text for texts in passages.values() for text in texts]
        if not (everything and self.aligner.can_read(query)):
            return np.zeros(len(everything), dtype=np.float32)
        if not self._has_tokens:
            return self.aligner.align(query, self.aligner.token_ids(everything))
        stored = reader.token_ids(list(passages))
        tokens = {id_: sentences(stored[id_]) for id_ in passages}
        for id_, texts in passages.items():
            if len(tokens[id_]) != len(texts):
                raise IndexDamaged(
                    reader.folder,
                    f"passage {id_} has {len(texts)} sentences, its stored tokens "
                    f"{len(tokens[id_])}",
                )
        return self.aligner.align(query, [each for passage in tokens.values() for each in passage])

    def article_features(
        self, articles: Sequence[int], reader: Reader
    ) -> dict[int, ArticleFeatures]:
        """What is compared of some articles to find copies, by row id."""
        documents = reader.documents(articles)
        if self._has_tokens:
            tokens = self._stored_sentences(documents, reader)
        else:
            beginnings = [(doc.title, doc.text[:MAX_COMPARED_CHARS]) for doc in documents.values()]
            marked = marked_tokens(self.aligner, beginnings)
            tokens = {
                row: article_sentences("", [(0, 0, each)])
                for row, each in zip(documents, marked, strict=True)
            }
        return {row: ArticleFeatures(documents[row], tokens[row], self.aligner) for row in articles}

    def _stored_sentences(
        self, documents: Mapping[int, Document], reader: Reader
    ) -> dict[int, list[TokenIds]]:
        """The tokens of the title and of each sentence of some articles, from the store."""
        rows_of = self._table.rows_of(list(documents))
        chunk_ids = [self._table.ids[rows].tolist() for rows in rows_of]
        everything = [id_ for ids in chunk_ids for id_ in ids]
        spans, stored = reader.spans(everything), reader.token_ids(everything)
        return {
            row: article_sentences(
                document.text,
                [(*spans[id_], stored[id_]) for id_ in ids if spans[id_][0] < MAX_COMPARED_CHARS],
            )
            for (row, document), ids in zip(documents.items(), chunk_ids, strict=True)
        }
