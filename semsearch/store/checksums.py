"""Checksums over every column of every row, so that no changed bit can pass for an answer."""

import hashlib
import zlib

FILE = "id, path, relative, size_bytes, mtime_ns, sha256, skipped"
"""Columns under the checksum of a file; `gone` is a note of the running writer."""
DOCUMENT = "documents.id, file, doc_id, title, documents.lang, date, line, pages, metadata, text"
"""Columns under the checksum of an article."""
CHUNK = 'chunks.id, document, start, "end", digest, tokens_lost, documents.lang'
"""Columns under the checksum of a passage: also the language that its article has."""


_DIGEST_BYTES = 16


def row_checksum(*columns: object) -> int:
    """CRC-32 of the columns of one row."""
    return zlib.crc32("\0".join(map(str, columns)).encode())


def blob_checksum(chunk: int, blob: object) -> int:
    """CRC-32 of what belongs to a passage, and of whose it is; -1 for what are no bytes at all."""
    return zlib.crc32(blob, chunk & 0xFFFFFFFF) if isinstance(blob, bytes) else -1


def meta_checksum(meta: dict[str, str]) -> int:
    """CRC-32 of all that an index says of itself."""
    return row_checksum(*sorted(f"{key}={value}" for key, value in meta.items()))


def passage_digest(fingerprint: str, text: str) -> bytes:
    """What tells whether a vector is that of a text: a digest of the model and of what it reads."""
    return hashlib.sha256(fingerprint.encode() + text.encode()).digest()[:_DIGEST_BYTES]
