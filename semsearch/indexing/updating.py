"""The commands that change an index, each under the writer's lock, and a preview of `update`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from semsearch.config import ChunkSettings, EncoderOptions, ReadLimits, VectorSettings
from semsearch.encoders import DEFAULT_MODEL, IN_PACKAGE, aligner_of, load_encoder, usual_cosines
from semsearch.errors import IndexMissing, InputError
from semsearch.indexing.changes import compare, scan
from semsearch.indexing.commit import commit, remove_now
from semsearch.indexing.reindexing import restage
from semsearch.indexing.staging import Staging
from semsearch.indexing.sync import sync
from semsearch.reports import Changes, ReindexReport, Removal, SyncReport
from semsearch.store import (
    WITHOUT_TOKENS,
    IndexMeta,
    Reader,
    Writer,
    build_values,
    damage_reported,
    require_same_build,
    vector_values,
)
from semsearch.types import Encoder, Progress, no_progress

LoadEncoder = Callable[..., Encoder]


def update(
    paths: Sequence[str | Path],
    folder: Path,
    *,
    model: str | None = None,
    encoder_options: EncoderOptions | None = None,
    settings: ChunkSettings | None = None,
    vector_settings: VectorSettings | None = None,
    limits: ReadLimits | None = None,
    progress: Progress | None = None,
    load: LoadEncoder = load_encoder,
) -> tuple[Encoder, SyncReport]:
    """Bring an index up to date with files and folders: see `SearchIndex.build`."""
    resolved = resolve_paths(paths, folder)
    with Writer(folder) as writer, damage_reported(folder):
        meta = writer.meta()
        encoder, encoder_options = _load(meta, model, encoder_options, load)
        settings = settings or meta.chunk_settings
        aligner = aligner_of(encoder)
        if meta.generation:
            require_same_build(meta, encoder, settings, folder)
            if meta.aligner not in ("", aligner.fingerprint):
                with writer.transaction():
                    writer.set_meta(WITHOUT_TOKENS)  # those of another version of the fast model
        else:
            with writer.transaction():
                writer.set_meta(
                    build_values(
                        encoder, aligner, usual_cosines(encoder), settings, encoder_options
                    )
                )
        if vector_settings:
            with writer.transaction():
                writer.set_meta(vector_values(vector_settings))
        writer.begin(f"index {encoder.fingerprint} {settings}")
        staging = Staging(writer, encoder, settings)
        report = sync(
            writer,
            staging,
            resolved,
            limits=limits or ReadLimits(),
            progress=progress or no_progress,
        )
    return encoder, report


def preview(
    paths: Sequence[str | Path],
    folder: Path,
    *,
    limits: ReadLimits | None = None,
    progress: Progress | None = None,
) -> Changes:
    """What `update` would do. Nothing is written, and the lock is not taken.

    Raises:
        InputError: a path does not exist.
        IndexDamaged: the index has changed since it was written.
    """
    limits = limits or ReadLimits()
    resolved = resolve_paths(paths, folder)
    try:
        with Reader(folder) as reader, reader.snapshot():
            scanned = scan(
                resolved, reader.known_files, reader.roots(), limits, progress or no_progress
            )
    except IndexMissing:
        scanned = scan(resolved, lambda under: {}, [], limits, progress or no_progress)
    return compare(scanned, limits)


def remove(names: Sequence[str | Path], folder: Path) -> Removal:
    """Take files, whole folders, or single articles out of an index: see `SearchIndex.remove`.

    Raises:
        InputError: a name is empty.
        IndexMissing: there is no index in the folder.
        IndexBusy: another process is writing it.
    """
    if not all(map(str, names)):
        raise InputError("an empty name: give the path of a file or folder, or a doc_id")
    with Reader(folder) as reader, Writer(folder) as writer, damage_reported(folder):
        files, documents, unknown = _named(reader, list(map(str, names)))
        articles = len(documents) + sum(len(reader.documents_of(file)) for file in files.values())
        if files or documents:
            remove_now(writer, list(files.values()), list(documents.values()))
    return Removal(tuple(sorted(files)), tuple(documents), articles, tuple(unknown))


def _named(
    reader: Reader, names: Sequence[str]
) -> tuple[dict[str, int], dict[str, int], list[str]]:
    """What some names stand for: files by path, other articles by name, and unknown names.

    Both map to row ids. An article that is the only one of its file stands for the file.
    """
    files: dict[str, int] = {}
    documents: dict[str, int] = {}
    unknown: list[str] = []
    for name in names:
        if below := reader.known_files(Path(name).resolve()):
            files |= {path: file.id for path, file in below.items()}
        elif (document := reader.find_document(name)) is None:
            unknown.append(name)
        else:
            path, file = reader.file_of(document)
            if len(reader.documents_of(file)) == 1:
                files[path] = file
            else:
                documents[name] = document
    alone = {name: id_ for name, id_ in documents.items() if reader.file_of(id_)[0] not in files}
    return files, alone, unknown


def reindex(
    folder: Path,
    *,
    model: str | None = None,
    encoder_options: EncoderOptions | None = None,
    settings: ChunkSettings | None = None,
    progress: Progress | None = None,
) -> ReindexReport:
    """Cut and embed all articles of an index again: see `SearchIndex.reindex`."""
    began = time.perf_counter()
    with Reader(folder) as reader, Writer(folder) as writer, damage_reported(folder):
        meta = writer.meta()
        encoder, encoder_options = _load(meta, model, encoder_options)
        settings = settings or meta.chunk_settings
        staging = Staging(writer, encoder, settings)
        writer.begin(f"reindex {encoder.fingerprint} {settings}")
        restage(writer, reader, staging, progress or no_progress)
        commit(
            writer,
            build_values(
                encoder, aligner_of(encoder), usual_cosines(encoder), settings, encoder_options
            ),
        )
        meta = writer.meta()
        return ReindexReport(
            model=encoder.name,
            articles=meta.articles,
            passages=meta.passages,
            embedded=staging.embedded,
            seconds=time.perf_counter() - began,
        )


def _load(
    meta: IndexMeta,
    model: str | None,
    options: EncoderOptions | None,
    load: LoadEncoder = load_encoder,
) -> tuple[Encoder, EncoderOptions]:
    """The model by that name, else that of the index, and how it is run: as before by default."""
    if model and model not in IN_PACKAGE and Path(model).expanduser().is_dir():
        model = str(Path(model).expanduser().resolve())  # an index is opened from other folders
    if model is None or model == meta.model:
        options = options or meta.encoder_options
    options = options or EncoderOptions()
    return load(model or meta.model or DEFAULT_MODEL, options=options), options


def resolve_paths(paths: Sequence[str | Path], folder: Path) -> list[Path]:
    """The paths, resolved, as `walk` names the files below them.

    Raises:
        InputError: one does not exist, or lies inside the index folder.
    """
    index = folder.resolve()
    resolved = []
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(
                f"there is no file or folder {path}. "
                f"To take the articles that were there out of the index: semsearch remove {path}"
            )
        real = path.resolve()
        if index in (real, *real.parents):
            raise InputError(
                f"{path} lies in the index folder {folder}. "
                "Choose another folder for the index with --index."
            )
        resolved.append(real)
    return resolved
