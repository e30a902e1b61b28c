"""Articles on their way into the store: cut, encoded together, staged in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from semsearch.chunking import chunk_text, passage_text, passage_title
from semsearch.config import ChunkSettings
from semsearch.encoders.sentence_tokens import marked_tokens, without_marks
from semsearch.store import Writer, passage_digest
from semsearch.types import (
    Aligner,
    Chunk,
    Document,
    Embeddings,
    Encoder,
    MarkedTokens,
    Skipped,
    SourceFile,
)

_BATCH_CHARS = 1_000_000
"""Text gathered before it is encoded and staged: what an interruption can lose."""
_TITLE_SHARE = 4
"""A title longer than this part of what the model reads is left out of passages."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """An article with its passages and, for each, its input, digest, lost tokens and tokens."""

    document: Document
    chunks: list[Chunk]
    inputs: list[str]
    digests: list[bytes]
    lost: list[int]
    tokens: list[MarkedTokens]
    """Empty where the model has none."""


class Staging:
    """Takes articles one by one; a file may span several transactions."""

    def __init__(
        self,
        writer: Writer,
        encoder: Encoder,
        settings: ChunkSettings,
        recall: Callable[[bytes], "Embeddings | None"] = lambda digest: None,
    ) -> None:
        self.embedded = 0
        """Passages that went through the model so far."""
        self._writer = writer
        self._encoder = encoder
        self._aligner = encoder if isinstance(encoder, Aligner) else None
        self._recall = recall
        """(d,) of a passage that another index has already embedded."""
        self._settings = settings
        self._documents: list[Document] = []
        self._chars = 0
        self._steps: list[Callable[[Iterator[_Cut], dict[bytes, Embeddings]], None]] = []
        """What the next transaction does, given the articles and the new vectors by digest."""
        self._file = (-1, "", "")
        """(row id, path inside the root, absolute path) of the file being staged."""

    def begin_file(self, file: SourceFile) -> None:
        """Start a file that replaces what the index had of that path."""
        self._steps.append(lambda *_: self._begin_file(file))

    def add(self, document: Document) -> None:
        """Take an article of the file begun last."""
        self._documents.append(document)
        self._steps.append(lambda cuts, vectors: self._add(next(cuts), vectors))
        self._chars += len(document.text)
        if self._chars >= _BATCH_CHARS:
            self.flush()

    def finish_file(self, sha256: bytes, skipped: Sequence[Skipped]) -> None:
        """End the file begun last; `skipped` is what of it could not be read."""
        self._steps.append(lambda *_: self._writer.finish_file(self._file[0], sha256, skipped))

    def flush(self) -> None:
        """Cut and encode all that was taken so far, and stage it."""
        documents, steps = self._documents, self._steps
        # First: who is interrupted in here and flushes once more must stage nothing twice.
        self._documents, self._steps, self._chars = [], [], 0
        if self._aligner:
            self._aligner.learn([document.text for document in documents])
        cuts = [self._cut(document) for document in documents]
        vectors = self._encode(cuts)
        with self._writer.transaction():
            staged = iter(cuts)
            for step in steps:
                step(staged, vectors)

    def _cut(self, document: Document) -> _Cut:
        limit, title, settings = self._encoder.max_tokens, document.title, self._settings
        if limit is not None:
            (tokens,) = self._encoder.count_tokens([title])
            if tokens > limit // _TITLE_SHARE:
                title, tokens = "", 0
            most = min(settings.max_tokens, limit - tokens)
            settings = ChunkSettings(most, min(settings.overlap_tokens, most // 2))
        chunks = chunk_text(document.text, self._encoder.count_tokens, settings)
        inputs = [passage_text(title, chunk.text) for chunk in chunks]
        digests = [passage_digest(self._encoder.fingerprint, text) for text in inputs]
        lost = [0] * len(inputs)
        if limit is not None:
            lost = [max(0, tokens - limit) for tokens in self._encoder.count_tokens(inputs)]
        passages = [(passage_title(title, chunk.text), chunk.text) for chunk in chunks]
        parts = marked_tokens(self._aligner, passages) if self._aligner else []
        return _Cut(document, chunks, inputs, digests, lost, parts)

    def _encode(self, cuts: Sequence[_Cut]) -> dict[bytes, Embeddings]:
        """(d,) vectors of the passages whose digest the store does not know."""
        inputs = {digest: (cut, place) for cut in cuts for place, digest in enumerate(cut.digests)}
        new = [digest for digest in inputs if not self._writer.has_vector(digest)]
        recalled = {digest: self._recall(digest) for digest in new}
        known = {digest: vector for digest, vector in recalled.items() if vector is not None}
        new = [digest for digest in new if digest not in known]
        if not new:
            return known
        self.embedded += len(new)
        places = [inputs[digest] for digest in new]
        if self._aligner:
            vectors = self._aligner.encode_token_ids(
                [without_marks(cut.tokens[place]) for cut, place in places]
            )
        else:
            vectors = self._encoder.encode_passages([cut.inputs[place] for cut, place in places])
        return known | dict(zip(new, vectors, strict=True))

    def _begin_file(self, file: SourceFile) -> None:
        self._writer.drop_path(str(file.path))
        self._file = (self._writer.add_file(file), file.relative, str(file.path))

    def _add(self, cut: _Cut, vectors: dict[bytes, Embeddings]) -> None:
        row, relative, path = self._file
        document = cut.document
        for doc_id in _candidates(document, relative, path):
            if not self._writer.doc_id_taken(doc_id):
                break
        ids = self._writer.add_document(row, doc_id, document, cut.chunks, cut.digests, cut.lost)
        if cut.tokens:
            self._writer.add_token_ids(ids, cut.tokens)
        encoded = [
            (id_, vectors[digest])
            for id_, digest in zip(ids, cut.digests, strict=True)
            if digest in vectors
        ]
        if encoded:
            self._writer.add_vectors([id_ for id_, _ in encoded], np.stack([v for _, v in encoded]))
        for id_, digest in zip(ids, cut.digests, strict=True):
            if digest not in vectors:
                self._writer.copy_vector(id_, digest)


def _candidates(document: Document, relative: str, path: str) -> list[str]:
    """Ids for an article, best first: two collections may number their articles alike."""
    if document.doc_id == relative:
        return [relative, path]
    return [
        document.doc_id,
        f"{relative}#{document.doc_id}",
        f"{relative}#{document.line}",
        f"{path}#{document.doc_id}",
        f"{path}#{document.line}",
    ]
