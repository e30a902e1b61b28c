"""Checksums over every column of every row, so that no changed bit can pass for an answer."""

import hashlib
import zlib

_DIGEST_BYTES = 16
"""Of the 32 of a sha256: a choice. Two of a billion passages share one by a chance below 1e-20."""


def row_checksum(*columns: object) -> int:
    """CRC-32 of the columns of one row."""
    return zlib.crc32("\0".join(map(str, columns)).encode())


def blob_checksum(chunk: int, blob: object) -> int:
    """CRC-32 of bytes that belong to a passage, and of its id; -1 for a value that is not bytes."""
    return zlib.crc32(blob, chunk & 0xFFFFFFFF) if isinstance(blob, bytes) else -1


def meta_checksum(values: dict[str, str]) -> int:
    """CRC-32 of all rows of the table `meta`, by key."""
    return row_checksum(*sorted(f"{key}={value}" for key, value in values.items()))


def passage_digest(fingerprint: str, text: str) -> bytes:
    """Identifies a vector: a digest of the model's fingerprint and of the text that it reads."""
    return hashlib.sha256(fingerprint.encode() + text.encode()).digest()[:_DIGEST_BYTES]
