"""Everything that changes an index, each under the lock of the one writer, and what would."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from semsearch.config import ChunkSettings, EncoderOptions, ReadLimits, VectorSettings
from semsearch.encoders import DEFAULT_MODEL, load_encoder
from semsearch.errors import IndexMissing, InputError
from semsearch.indexing.changes import compare, scan
from semsearch.indexing.commit import commit, remove_now
from semsearch.indexing.reindexing import restage
from semsearch.indexing.staging import Staging
from semsearch.indexing.sync import sync
from semsearch.reports import Changes, ReindexReport, Removal, SyncReport
from semsearch.store import (
    Reader,
    Writer,
    damage_reported,
    record,
    record_vector_settings,
    recorded_options,
    recorded_settings,
    refuse_other,
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
    with _writing(folder) as writer:
        meta = writer.meta()
        encoder, encoder_options = _load(meta, model, encoder_options, load)
        settings = settings or recorded_settings(meta)
        if "generation" in meta:
            refuse_other(meta, encoder, settings, folder)
        else:
            with writer.transaction():
                writer.set_meta(record(encoder, settings, encoder_options))
        if vector_settings:
            with writer.transaction():
                writer.set_meta(record_vector_settings(vector_settings))
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
    """What `update` would do, found out without writing anything and without the lock.

    Raises:
        InputError: a path does not exist.
        IndexDamaged: what is on disk is not what was written.
    """
    limits = limits or ReadLimits()
    resolved = resolve_paths(paths, folder)
    try:
        with _reader(folder) as reader, reader.snapshot():
            scanned = scan(
                resolved, reader.known_files, reader.roots(), limits, progress or no_progress
            )
    except IndexMissing:
        scanned = scan(resolved, lambda under: {}, [], limits, progress or no_progress)
    return compare(scanned, limits)


def remove(names: Sequence[str | Path], folder: Path) -> Removal:
    """Take files, all below folders, or single articles out of an index: see `SearchIndex.remove`.

    Raises:
        InputError: a name is empty.
        IndexMissing: there is no index in the folder.
        IndexBusy: another process is writing it.
    """
    if not all(map(str, names)):
        raise InputError("an empty name: give the path of a file or folder, or a doc_id")
    with _reader(folder) as reader, _writing(folder) as writer:
        files: dict[str, int] = {}
        documents: dict[str, int] = {}
        unknown: list[str] = []
        for name in map(str, names):
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
        documents = {
            name: id_ for name, id_ in documents.items() if reader.file_of(id_)[0] not in files
        }
        articles = len(documents) + sum(len(reader.documents_of(file)) for file in files.values())
        if files or documents:
            remove_now(writer, list(files.values()), list(documents.values()))
    return Removal(tuple(sorted(files)), tuple(documents), articles, tuple(unknown))


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
    with _reader(folder) as reader, _writing(folder) as writer:
        meta = writer.meta()
        encoder, encoder_options = _load(meta, model, encoder_options)
        settings = settings or recorded_settings(meta)
        staging = Staging(writer, encoder, settings)
        writer.begin(f"reindex {encoder.fingerprint} {settings}")
        restage(writer, reader, staging, progress or no_progress)
        commit(writer, record(encoder, settings, encoder_options))
        return ReindexReport(
            model=encoder.name,
            articles=sum(reader.languages().values()),
            passages=reader.passage_count(),
            embedded=staging.embedded,
            seconds=time.perf_counter() - began,
        )


def _load(
    meta: Mapping[str, str],
    model: str | None,
    options: EncoderOptions | None,
    load: LoadEncoder = load_encoder,
) -> tuple[Encoder, EncoderOptions]:
    """The model that was named, else that of the index, run as it was there unless told."""
    if model and model != DEFAULT_MODEL and Path(model).expanduser().is_dir():
        model = str(Path(model).expanduser().resolve())  # an index is opened from other folders
    if model is None or model == meta.get("model"):
        options = options or recorded_options(meta)
    options = options or EncoderOptions()
    return load(model or meta.get("model", DEFAULT_MODEL), options=options), options


@contextmanager
def _reader(folder: Path) -> Iterator[Reader]:
    reader = Reader(folder)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def _writing(folder: Path) -> Iterator[Writer]:
    writer = Writer(folder)
    try:
        with damage_reported(folder):
            yield writer
    finally:
        writer.close()


def resolve_paths(paths: Sequence[str | Path], folder: Path) -> list[Path]:
    """The paths as `walk` names what it finds there.

    Raises:
        InputError: one does not exist, or the index would lie in the place of what it is made of.
    """
    index = folder.resolve()
    resolved = []
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(
                f"there is no file or folder {path}. "
                f"To take what was there out of the index: semsearch remove {path}"
            )
        real = path.resolve()
        if index in (real, *real.parents):
            raise InputError(
                f"{path} lies in the index folder {folder}. "
                "Choose another folder for the index with --index."
            )
        resolved.append(real)
    return resolved
