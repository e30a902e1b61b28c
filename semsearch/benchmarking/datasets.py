"""Labelled collections of articles, queries and judgements: from a folder or from the hub."""

import gzip
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from semsearch.benchmarking.dataset_files import Query, read_qrels, read_queries_with_langs
from semsearch.benchmarking.metrics import Qrels
from semsearch.config import ReadLimits
from semsearch.errors import InputError, first_line
from semsearch.readers import walk
from semsearch.types import SourceFile

_SUFFIXES = (".jsonl", ".jsonl.gz")
_SPLITS = ("test", "dev", "validation")
"""The first of these that has judgements is used."""
_LAYOUT = (
    "Expected corpus.jsonl or a folder of articles, queries.jsonl and qrels/test.tsv, as in BEIR; "
    ".jsonl.gz is read too, but parquet is not: convert it to JSON lines"
)
_DOWNLOADED = ["*.jsonl", "*.jsonl.gz", "*.tsv"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Articles, queries, and which articles are relevant to each query."""

    name: str
    path: Path
    """The folder; for a collection from the hub, the folder of its snapshot."""
    queries: Mapping[str, str]
    """{query_id: text} of the judged queries, in the order of their file."""
    qrels: Qrels
    articles: tuple[Path, ...]
    """Files and folders to index; for a compressed file, its decompressed copy."""
    query_langs: Mapping[str, str | None]
    """{query_id: ISO 639-1 code}; None where the file does not state the language."""
    answer_langs: Mapping[str, frozenset[str]]
    """{query_id: ISO 639-1 codes of its right articles}; empty where the file does not state
    them."""

    @property
    def digest(self) -> str:
        """Hash of queries, judgements, and the names and sizes of the files of articles."""
        found = (file for path in self.articles for file in walk(path, ReadLimits()))
        files = sorted((f.relative, f.size_bytes) for f in found if isinstance(f, SourceFile))
        content = json.dumps([self.queries, self.qrels, files], default=dict)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def sample(self, n: int) -> "Dataset":
        """The same articles with at most n of the queries, spread evenly over all."""
        kept = list(self.queries)[:: max(1, -(-len(self.queries) // n))]
        return replace(
            self,
            queries={query_id: self.queries[query_id] for query_id in kept},
            qrels={query_id: self.qrels[query_id] for query_id in kept},
            query_langs={query_id: self.query_langs[query_id] for query_id in kept},
            answer_langs={query_id: self.answer_langs[query_id] for query_id in kept},
        )


def load_dataset(folder_or_name: str | Path) -> Dataset:
    """Load a collection from a folder, or by its name from the Hugging Face hub.

    A folder holds

    - articles: `corpus.jsonl`, JSON lines or article files in `corpus/`, or article files beside
      the others
    - queries: `queries.jsonl` or `queries/*.jsonl`
    - judgements: `test.tsv`, `.jsonl` or `.txt` (else `dev` or `validation`), in `qrels/`, in
      `default/` or in the folder itself

    JSON lines may be compressed (`.gz`).

    Names: `scifact` is `BeIR/scifact`, with its judgements from `BeIR/scifact-qrels`; others are
    used unchanged. The hub's own cache is used, so nothing is downloaded twice.

    Raises:
        InputError: there is no such folder or data set, or it cannot be read.
    """
    folder = Path(folder_or_name)
    if folder.is_dir():
        return _load(folder.resolve().name, folder, folder)
    name = str(folder_or_name)
    repo_id = name if "/" in name else f"BeIR/{name}"
    snapshot = _fetch(name, repo_id)
    apart = repo_id.startswith("BeIR/") and not repo_id.endswith("-qrels")
    return _load(name, snapshot, _fetch(name, f"{repo_id}-qrels") if apart else snapshot)


def load_datasets(folder_or_name: str | Path) -> list[Dataset]:
    """The collection of that folder or name; of a folder of collections, all below it.

    Those below are named by their path in the folder: `xquad/de`. Raises as `load_dataset` does.
    """
    folder = Path(folder_or_name)
    found = () if _records(folder, "queries") else folder.rglob("queries.jsonl*")
    parts = sorted({path.parent for path in found})
    return [_load(part.relative_to(folder).as_posix(), part, part) for part in parts] or [
        load_dataset(folder_or_name)
    ]


def _load(name: str, folder: Path, judged: Path) -> Dataset:
    """The collection in a folder, with judgements from the same or another folder."""
    parts = sorted(path.parent.name for path in folder.glob("*/queries.jsonl*"))
    files = _records(folder, "queries")
    if parts and not files:
        listed = ", ".join(parts)
        raise InputError(f"{folder} holds several collections; name the folder of one: {listed}")
    if not files:
        raise InputError(f"{folder} holds no queries{_other_format(folder, 'queries')}. {_LAYOUT}")
    articles = tuple(_articles(folder))
    read: dict[str, Query] = {}
    for path in files:
        read |= read_queries_with_langs(path)
    path = _qrels_file(judged)
    qrels = read_qrels(path)
    unknown = [query_id for query_id in qrels if query_id not in read]
    if unknown:
        raise InputError(
            f"{path} judges {len(unknown)} queries that {folder} does not hold, the first is "
            f"{unknown[0]}: use queries and judgements of the same collection"
        )
    judged_queries = {query_id: query for query_id, query in read.items() if query_id in qrels}
    if not judged_queries:
        raise InputError(f"{path} holds no judgement. {_LAYOUT}")
    return Dataset(
        name=name,
        path=folder,
        queries={query_id: query.text for query_id, query in judged_queries.items()},
        qrels=qrels,
        articles=articles,
        query_langs={query_id: query.lang for query_id, query in judged_queries.items()},
        answer_langs={query_id: query.answer_langs for query_id, query in judged_queries.items()},
    )


def _articles(folder: Path) -> Iterator[Path]:
    """The files or the folder to index. Raises InputError where there are no articles."""
    files = _records(folder, "corpus")
    if files:
        yield from map(_with_suffix, files)
        return
    other = _other_format(folder, "corpus")
    inside = folder / "corpus"
    source = inside if inside.is_dir() else folder
    if other or not any(isinstance(found, SourceFile) for found in walk(source, ReadLimits())):
        raise InputError(f"{folder} holds no articles{other}. {_LAYOUT}")
    yield source


def _records(folder: Path, kind: str) -> list[Path]:
    """The JSON-lines files of `corpus` or `queries`: one file, or all in a folder of that name."""
    for suffix in _SUFFIXES:
        if (folder / f"{kind}{suffix}").is_file():
            return [folder / f"{kind}{suffix}"]
    return sorted(path for path in folder.glob(f"{kind}/*") if path.name.endswith(_SUFFIXES))


def _other_format(folder: Path, kind: str) -> str:
    """Part of an error message: a parquet file of this kind, which is not read; often empty."""
    found = [*folder.glob(f"{kind}*.parquet"), *folder.glob(f"{kind}/*.parquet")]
    return f" that can be read, only {found[0].relative_to(folder)}" if found else ""


def _qrels_file(folder: Path) -> Path:
    for split in _SPLITS:
        for place in ("qrels", "default", "."):
            for suffix in (".tsv", ".jsonl", ".jsonl.gz", ".txt"):
                path = folder / place / f"{split}{suffix}"
                if path.is_file():
                    return path
    other = _other_format(folder, "qrels") or _other_format(folder, "default")
    raise InputError(f"{folder} holds no judgements{other}. {_LAYOUT}")


def _with_suffix(path: Path) -> Path:
    """The file, or a decompressed copy of it in the assets of the hub's cache.

    The suffix of a file tells how its articles are read. A file in the hub's cache is a link to one
    without a suffix, so it is copied too. The copy has the modification time of its source, so
    that it is made only once and an index sees it as unchanged.
    """
    source = path.resolve()
    if source.suffix == ".jsonl":
        return path
    from huggingface_hub import cached_assets_path

    key = hashlib.sha256(str(source).encode()).hexdigest()[:16]
    copy = cached_assets_path("semsearch", "datasets", key) / f"{path.name.split('.')[0]}.jsonl"
    status = source.stat()
    if copy.is_file() and copy.stat().st_mtime_ns == status.st_mtime_ns:
        return copy
    written = copy.with_name(f".{copy.name}.{os.getpid()}")
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(source, "rb") as packed, written.open("wb") as target:
            shutil.copyfileobj(packed, target)
        os.utime(written, ns=(status.st_mtime_ns, status.st_mtime_ns))
        written.replace(copy)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"cannot unpack {path} to {copy}: {first_line(error)}. Delete it and fetch it again, "
            "or free some disk space"
        ) from error
    finally:
        written.unlink(missing_ok=True)
    return copy


def _fetch(name: str, repo_id: str) -> Path:
    """The folder of a data set of the hub, downloaded unless it is in the cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_OFFLINE
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    advice = (
        "Check the name, connect to the internet so that it can be downloaded once, or name a "
        "folder that holds it."
    )
    try:
        return Path(snapshot_download(repo_id, repo_type="dataset", allow_patterns=_DOWNLOADED))
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise InputError(
            f"There is no folder {name}, and no data set {repo_id} on the Hugging Face hub. "
            f"{advice}"
        ) from error
    except Exception as error:  # each layer below (hub, HTTP, sockets, disk) has its own
        reason = "HF_HUB_OFFLINE is set" if HF_HUB_OFFLINE else first_line(error)
        raise InputError(
            f"There is no folder {name}, and the data set {repo_id} could not be fetched from the "
            f"Hugging Face hub ({reason}). {advice}"
        ) from error
