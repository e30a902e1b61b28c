"""The tokens of the passages: which sentences say most of a query, and what copies have in common.

They are stored, whichever model encodes the passages, as the fast model cuts them.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from semsearch.encoders import aligner_of
from semsearch.encoders.sentence_tokens import article_sentences, marked_tokens, sentences
from semsearch.errors import IndexDamaged
from semsearch.ranking import MAX_COMPARED_CHARS, ArticleFeatures
from semsearch.store import ChunkTable, Reader
from semsearch.types import Document, Encoder, Scores, TokenIds


class StoredTokens:
    """Compares the tokens of passages in one state of an index. Threads may share it."""

    def __init__(self, table: ChunkTable, encoder: Encoder, stored_aligner: str) -> None:
        """Prepares nothing yet.

        Args:
            table: the passages.
            encoder: the model of the index.
            stored_aligner: fingerprint of the model whose token ids are in the store.
        """
        self.aligner = aligner_of(encoder)
        self._has_tokens = stored_aligner == self.aligner.fingerprint
        self._table = table

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
