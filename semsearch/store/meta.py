"""What an index records about itself: how it was built, its counts and its high-water marks."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

from semsearch.config import Backend, ChunkSettings, EncoderOptions, VectorSettings
from semsearch.errors import InputError, ModelMismatch
from semsearch.types import Aligner, Encoder, UsualCosines

_OWN_TOKENS = "stored"
"""In the row `pieces`, where the token ids are those of the model of the index."""
WITHOUT_TOKENS = {"pieces": ""}
"""The row of `meta` of an index whose token ids are not all of one model, and so are not used."""


class IndexMeta(NamedTuple):
    """The table `meta`, parsed. Numbers are 0 and texts empty before they are first written.

    A named tuple, as each open imports it: a frozen dataclass takes 3 ms longer to create.
    """

    model: str
    """The name or folder by which the user asked for the model."""
    fingerprint: str
    """Of the model; see `Encoder.fingerprint`."""
    dim: int
    """d, the length of every vector."""
    aligner: str
    """Fingerprint of the model whose token ids of every passage are stored; empty for none."""
    usual_cosines: UsualCosines
    """Of unrelated texts in the model."""
    chunk_settings: ChunkSettings
    """How articles are cut into passages."""
    encoder_options: EncoderOptions
    """How the model was run; device and batch size are not recorded."""
    vector_settings: VectorSettings
    """Recall and memory that the user asked of the approximate index."""
    run: str
    """The run that last staged rows: its command, model and settings."""
    generation: int
    """Number of the last commit, from 1; 0 before the first one."""
    articles: int
    """Committed, as are the passages."""
    passages: int
    last_file: int
    """Highest id of a committed file. Rows above belong to a run that has not been committed."""
    last_document: int
    """The same of articles."""
    last_chunk: int
    """The same of passages."""
    updated: str
    """When the last commit was made: ISO 8601, UTC."""

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> "IndexMeta":
        """What the rows of the table say, by key; empty for a new index."""

        def number(key: str, default: int = 0) -> int:
            return int(values.get(key) or default)

        pieces = values.get("pieces", "")
        chunks, options, vectors = ChunkSettings(), EncoderOptions(), VectorSettings()
        return cls(
            model=values.get("model", ""),
            fingerprint=values.get("fingerprint", ""),
            dim=number("dim"),
            aligner=values["fingerprint"] if pieces == _OWN_TOKENS else pieces,
            usual_cosines=UsualCosines(
                float(values.get("usual_cosine", 0)), float(values.get("usual_deviation", 1))
            ),
            chunk_settings=ChunkSettings(
                number("max_tokens", chunks.max_tokens), number("overlap_tokens")
            ),
            encoder_options=EncoderOptions(
                truncate_dim=number("truncate_dim") or None,
                backend=cast(Backend, values.get("backend", options.backend)),
            ),
            vector_settings=VectorSettings(
                target_recall=float(values.get("target_recall", vectors.target_recall)),
                memory_bytes=number("memory_bytes") or None,
            ),
            run=values.get("run", ""),
            generation=number("generation"),
            articles=number("articles"),
            passages=number("passages"),
            last_file=number("last_file"),
            last_document=number("last_document"),
            last_chunk=number("last_chunk"),
            updated=values.get("updated", ""),
        )


def build_values(
    encoder: Encoder,
    aligner: Aligner,
    usual_cosines: UsualCosines,
    settings: ChunkSettings,
    options: EncoderOptions | None,
) -> dict[str, str]:
    """The rows of `meta` that say how an index is built.

    Args:
        encoder: the model of the index.
        aligner: the model whose token ids are stored beside the vectors.
        usual_cosines: of unrelated texts in the model of the index.
        settings: how articles are cut.
        options: how the model is run.
    """
    options = options or EncoderOptions()
    return {
        "model": encoder.name,
        "fingerprint": encoder.fingerprint,
        "dim": str(encoder.dim),
        "usual_cosine": repr(usual_cosines.mean),
        "usual_deviation": repr(usual_cosines.deviation),
        "max_tokens": str(settings.max_tokens),
        "overlap_tokens": str(settings.overlap_tokens),
        "truncate_dim": str(options.truncate_dim or ""),
        "backend": options.backend,
        "pieces": _OWN_TOKENS if aligner is encoder else aligner.fingerprint,
    }


def vector_values(settings: VectorSettings) -> dict[str, str]:
    """The rows of `meta` that say what the user asked of the approximate index."""
    return {
        "target_recall": str(settings.target_recall),
        "memory_bytes": str(settings.memory_bytes or ""),
    }


def require_same_build(
    meta: IndexMeta, encoder: Encoder, settings: ChunkSettings, folder: Path
) -> None:
    """Refuse to mix vectors of two models, or passages of two sizes, in one index.

    Raises:
        ModelMismatch: the committed index was built with another model.
        InputError: it was built with other settings.
    """
    if meta.fingerprint != encoder.fingerprint:
        other = "another version of it" if meta.model == encoder.name else encoder.name
        raise ModelMismatch(
            f"the index in {folder} was built with the model {meta.model} "
            f"({meta.fingerprint[:12]}), not with {other} ({encoder.fingerprint[:12]}). "
            f"To embed all of it with the other model, run `semsearch reindex --model "
            f"{encoder.name} --index {folder}`; to go on with its own model, leave --model out; "
            "or index into another folder with --index."
        )
    if meta.chunk_settings != settings:
        raise InputError(
            f"the index in {folder} was built with {meta.chunk_settings}, not with {settings}. "
            "Use the same settings, change them for all of it with SearchIndex.reindex, "
            "or index into another folder."
        )
