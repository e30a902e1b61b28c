"""Articles gathered into batches: cut into passages, encoded together, staged in a transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from semsearch.chunking import chunk_text, passage_text, passage_title
from semsearch.config import ChunkSettings
from semsearch.encoders import aligner_of
from semsearch.encoders.sentence_tokens import marked_tokens, without_marks
from semsearch.store import Writer, passage_digest
from semsearch.types import (
    Chunk,
    Document,
    Encoder,
    MarkedTokens,
    Skipped,
    SourceFile,
    Vector,
)

_BATCH_CHARS, _SLOW_BATCH_CHARS = 1_000_000, 30_000
"""Text gathered before it is encoded and staged, which a kill can lose: choices, for the fast model
and for a transformer, which takes a second or two for some fifty passages."""
_TITLE_SHARE = 4
"""A title that takes more than a quarter of the tokens that the model reads is left out of the
passages: a choice."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """An article that is cut into n passages."""

    document: Document
    chunks: list[Chunk]
    inputs: list[str]
    """The texts that the model reads: title and passage."""
    digests: list[bytes]
    """Of the inputs; see `passage_digest`."""
    lost: list[int]
    """Tokens of each input beyond what the model reads."""
    tokens: list[MarkedTokens]
    """Of the aligner, with marks after sentences."""


class Staging:
    """Takes articles one by one; a file may span several transactions."""

    def __init__(
        self,
        writer: Writer,
        encoder: Encoder,
        settings: ChunkSettings,
        recall: Callable[[bytes], "Vector | None"] = lambda digest: None,
    ) -> None:
        self.embedded = 0
        """Passages that went through the model so far."""
        self._writer = writer
        self._encoder = encoder
        self._aligner = aligner_of(encoder)
        self._recall = recall
        """The vector of a passage with this digest, if another index has one."""
        self._settings = settings
        self._documents: list[Document] = []
        self._chars = 0
        self._batch_chars = _BATCH_CHARS if self._aligner is encoder else _SLOW_BATCH_CHARS
        self._steps: list[Callable[[Iterator[_Cut], dict[bytes, Vector]], None]] = []
        """What the next transaction does, given the cut articles and new vectors by digest."""
        self._file = -1
        """Row id of the file being staged."""

    def begin_file(self, file: SourceFile) -> None:
        """Start a file, which replaces the file that the index had at that path."""
        self._steps.append(lambda *_: self._begin_file(file))

    def add(self, document: Document) -> None:
        """Add an article to the file that was started last."""
        self._documents.append(document)
        self._steps.append(lambda cuts, vectors: self._add(next(cuts), vectors))
        self._chars += len(document.text)
        if self._chars >= self._batch_chars:
            self.flush()

    def finish_file(self, sha256: bytes, skipped: Sequence[Skipped]) -> None:
        """End the file that was started last; `skipped` lists what in it could not be read."""
        self._steps.append(lambda *_: self._writer.finish_file(self._file, sha256, skipped))

    def flush(self) -> None:
        """Cut, encode and stage all articles that were added since the last call."""
        documents, steps = self._documents, self._steps
        # Cleared first: after an interrupt below, the caller flushes again and must stage nothing
        # twice.
        self._documents, self._steps, self._chars = [], [], 0
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
        marked = marked_tokens(self._aligner, passages)
        return _Cut(document, chunks, inputs, digests, lost, marked)

    def _encode(self, cuts: Sequence[_Cut]) -> dict[bytes, Vector]:
        """The vectors, by digest, of the passages whose digest is not in the store."""
        inputs = {digest: (cut, place) for cut in cuts for place, digest in enumerate(cut.digests)}
        new = [digest for digest in inputs if not self._writer.has_vector(digest)]
        recalled = {digest: self._recall(digest) for digest in new}
        known = {digest: vector for digest, vector in recalled.items() if vector is not None}
        new = [digest for digest in new if digest not in known]
        if not new:
            return known
        self.embedded += len(new)
        places = [inputs[digest] for digest in new]
        if self._aligner is self._encoder:
            vectors = self._aligner.encode_token_ids(
                [without_marks(cut.tokens[place]) for cut, place in places]
            )
        else:
            vectors = self._encoder.encode_passages([cut.inputs[place] for cut, place in places])
        return known | dict(zip(new, vectors, strict=True))

    def _begin_file(self, file: SourceFile) -> None:
        self._writer.drop_path(str(file.path))
        self._file = self._writer.add_file(file)

    def _add(self, cut: _Cut, vectors: dict[bytes, Vector]) -> None:
        ids = self._writer.add_document(self._file, cut.document, cut.chunks, cut.digests, cut.lost)
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
