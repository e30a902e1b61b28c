"""A closer look at the best articles: how much of a query they say, in pieces and in letters."""

from collections.abc import Sequence

import numpy as np

from semsearch.encoders import bundled_encoder
from semsearch.encoders.sentence_tokens import (
    article_sentences,
    marked_tokens,
    sentences,
    without_marks,
)
from semsearch.errors import IndexDamaged
from semsearch.ranking import (
    MOST_CHARS,
    Ranked,
    Story,
    alignment_part,
    balance_part,
    best_of_languages,
    least_measured,
    overlap,
    spelling_part,
)
from semsearch.request import Request
from semsearch.store import ChunkTable, Reader
from semsearch.types import Aligner, Embeddings, Encoder, Scores, TokenIds

_EVIDENCE = 2
"""Passages of one article that are aligned together."""


class Alignment:
    """Looks into the passages of one state of an index. Threads may share it."""

    def __init__(self, table: ChunkTable, encoder: Encoder) -> None:
        self.own = encoder if isinstance(encoder, Aligner) else None
        """The model of the index, where it aligns."""
        self.aligner = self.own or bundled_encoder()
        self._table = table
        self._encoder = encoder

    def ordered(self, ranked: Ranked, request: Request, reader: Reader) -> Ranked:
        """The best candidates by how much of the query their article says, all in new order."""
        rows, table = ranked.rows, self._table
        keys = (rows if request.passages else table.documents[rows]).tolist()
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}  # best first
        owner = np.array([numbers[key] for key in keys], dtype=np.int64)
        first = np.flatnonzero(np.diff(np.maximum.accumulate(owner), prepend=-1))
        langs = table.langs[rows[first]]
        chosen = best_of_languages(langs)
        places = [np.flatnonzero(owner == article)[:_EVIDENCE] for article in chosen]
        groups = [table.ids[rows[group]].tolist() for group in places]
        ids = [id_ for group in groups for id_ in group]
        texts = reader.passage_texts(ids)

        def measured(values: Scores) -> Scores:
            everywhere = np.full(len(numbers), np.nan, dtype=np.float32)
            everywhere[chosen] = values
            least_measured(everywhere, langs)
            return everywhere

        spelling = measured(overlap(request.query, [[texts[id_] for id_ in g] for g in groups]))
        parts = {**ranked.parts, "spelling": spelling_part(spelling, langs)[owner]}
        evidence = dict(ranked.evidence)
        if self.aligner.can_read(request.query):
            tokens = self._token_ids(texts, reader)
            joined = [np.concatenate([tokens[id_] for id_ in group]) for group in groups]
            alignment = measured(self.aligner.align(request.query, joined))
            parts["alignment"] = alignment_part(alignment, langs)[owner]
            evidence["alignment"] = alignment[owner]
        scores = sum(parts.values(), np.zeros(len(rows), dtype=np.float32))
        best = np.full(len(numbers), -np.inf, dtype=np.float32)
        np.maximum.at(best, owner, scores)
        parts["balance"] = balance_part(best, langs)[owner]
        scores += parts["balance"]
        order = np.lexsort((ranked.rows, -scores))
        return Ranked(ranked.rows, scores, parts, evidence).at(order)

    def _token_ids(self, texts: dict[int, str], reader: Reader) -> dict[int, TokenIds]:
        """Those of passages by chunk id: stored where the model of the index aligns."""
        if self.own:
            return {
                id_: without_marks(stored) for id_, stored in reader.token_ids(list(texts)).items()
            }
        return dict(zip(texts, self.aligner.token_ids(list(texts.values())), strict=True))

    def sentence_vectors(
        self, chunk_ids: Sequence[int], texts: Sequence[Sequence[str]], reader: Reader
    ) -> Embeddings:
        """(s, d) vectors of all sentences of some passages.

        Args:
            chunk_ids: of n passages.
            texts: the sentences of each.
            reader: of the same state of the index.

        Raises:
            IndexDamaged: the stored tokens are not those of these sentences.
        """
        if not self.own:
            return self._encoder.encode_passages([text for each in texts for text in each])
        stored = reader.token_ids(chunk_ids)
        tokens = [sentences(stored[id_]) for id_ in chunk_ids]
        for id_, one, other in zip(chunk_ids, tokens, texts, strict=True):
            if len(one) != len(other):
                raise IndexDamaged(reader.folder, f"passage {id_} has other sentences")
        return self.own.encode_token_ids([each for passage in tokens for each in passage])

    def stories(self, articles: Sequence[int], reader: Reader) -> dict[int, Story]:
        """Articles to be compared, by row id."""
        documents = reader.documents(articles)
        if not self.own:
            beginnings = [(each.title, each.text[:MOST_CHARS]) for each in documents.values()]
            cuts = marked_tokens(self.aligner, beginnings)
            tokens = {
                row: article_sentences("", [(0, 0, each)])
                for row, each in zip(documents, cuts, strict=True)
            }
        else:
            ids = [self._table.ids[rows].tolist() for rows in self._table.rows_of(articles)]
            everything = [id_ for each in ids for id_ in each]
            spans, stored = reader.spans(everything), reader.token_ids(everything)
            tokens = {
                row: article_sentences(
                    documents[row].text,
                    [(*spans[id_], stored[id_]) for id_ in each if spans[id_][0] < MOST_CHARS],
                )
                for row, each in zip(articles, ids, strict=True)
            }
        return {row: Story(documents[row], tokens[row], self.aligner) for row in articles}
