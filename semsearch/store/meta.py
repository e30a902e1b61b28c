"""What an index was built with, and refusing to go on with anything else."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from semsearch.config import Backend, ChunkSettings, EncoderOptions, VectorSettings
from semsearch.errors import InputError, ModelMismatch
from semsearch.types import Aligner, Encoder


def record(
    encoder: Encoder, settings: ChunkSettings, options: EncoderOptions | None
) -> dict[str, str]:
    """What to write into the index of how it was built."""
    options = options or EncoderOptions()
    return {
        "model": encoder.name,
        "fingerprint": encoder.fingerprint,
        "dim": str(encoder.dim),
        "max_tokens": str(settings.max_tokens),
        "overlap_tokens": str(settings.overlap_tokens),
        "truncate_dim": str(options.truncate_dim or ""),
        "backend": options.backend,
        "pieces": "stored" if isinstance(encoder, Aligner) else "",
    }


def recorded_options(meta: Mapping[str, str]) -> EncoderOptions:
    """How the model of an index was run; the defaults for a new index."""
    if not meta:
        return EncoderOptions()
    truncate_dim = meta["truncate_dim"]
    return EncoderOptions(
        truncate_dim=int(truncate_dim) if truncate_dim else None,
        backend=cast(Backend, meta["backend"]),
    )


def recorded_settings(meta: Mapping[str, str]) -> ChunkSettings:
    """How the articles of an index were cut; the defaults for a new index."""
    if not meta:
        return ChunkSettings()
    return ChunkSettings(int(meta["max_tokens"]), int(meta["overlap_tokens"]))


def record_vector_settings(settings: VectorSettings) -> dict[str, str]:
    """What to write into the index of what is asked of its approximate index."""
    return {
        "target_recall": str(settings.target_recall),
        "memory_bytes": str(settings.memory_bytes or ""),
    }


def recorded_vector_settings(meta: Mapping[str, str]) -> VectorSettings:
    """What is asked of the approximate index; the defaults where nothing was said."""
    memory_bytes = meta.get("memory_bytes")
    return VectorSettings(
        target_recall=float(meta.get("target_recall", VectorSettings().target_recall)),
        memory_bytes=int(memory_bytes) if memory_bytes else None,
    )


def refuse_other(
    meta: Mapping[str, str], encoder: Encoder, settings: ChunkSettings, folder: Path
) -> None:
    """Vectors of two models, or passages of two sizes, are never mixed in one index."""
    if not meta:
        return
    if meta["fingerprint"] != encoder.fingerprint:
        other = "another version of it" if meta["model"] == encoder.name else encoder.name
        raise ModelMismatch(
            f"the index in {folder} was built with the model {meta['model']} "
            f"({meta['fingerprint'][:12]}), not with {other} ({encoder.fingerprint[:12]}). "
            f"Take the other one for all of it with `semsearch reindex --model {encoder.name}"
            f" --index {folder}`, leave --model out to go on with its own, "
            "or index into another folder with --index."
        )
    if recorded_settings(meta) != settings:
        raise InputError(
            f"the index in {folder} was built with {recorded_settings(meta)}, not with {settings}. "
            "Use the same settings, take the others for all of it with SearchIndex.reindex, "
            "or index into another folder."
        )
