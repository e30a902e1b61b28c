"""The models that `semsearch models` lists: those on this machine, and some good ones to fetch."""

from dataclasses import dataclass
from pathlib import Path

from semsearch.encoders.folders import MINILM, cache_folder, packaged_minilm


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that `--model` takes."""

    name: str
    where: str
    """The folder that holds it, or `hub`."""
    size_bytes: int | None
    on_this_machine: bool
    note: str
    """Languages, dimensions and licence, as far as known."""
    across_languages: float | None = None
    """MRR@10 by meaning alone where the answer is in another language than the question, and rivals
    are in its own; None where it was not measured."""
    passages_per_second: int | None = None
    """Passages of 100 words that this machine encodes; None where it was not measured."""


# A choice of good multilingual models, smallest first, with the size of their weights and the notes
# of their model cards. All are published as safetensors; BAAI/bge-m3 is not, so it is missing.
_ON_THE_HUB = {
    "intfloat/multilingual-e5-small": (471_000_000, "about 100 languages; 384 dims; MIT"),
    "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2": (
        471_000_000,
        "about 50 languages; 384 dims; Apache-2.0",
    ),
    "intfloat/multilingual-e5-base": (1_110_000_000, "about 100 languages; 768 dims; MIT"),
    "sentence-transformers/LaBSE": (1_880_000_000, "109 languages; 768 dims; Apache-2.0"),
    "intfloat/multilingual-e5-large": (2_240_000_000, "about 100 languages; 1024 dims; MIT"),
    "Snowflake/snowflake-arctic-embed-l-v2.0": (
        2_270_000_000,
        "74 languages; 1024 dims, may be cut to 256; Apache-2.0",
    ),
}


ACROSS_LANGUAGES = {"multilingual": 0.851, "fast": 0.450}
"""By `python -m benchmarks.models`: newsroom-dev, where the answer is in another language."""


def available_models() -> list[ModelInfo]:
    """Models in the package, models installed or cached here, then some good ones to fetch.

    Models in other folders are not listed, since they could be anywhere.
    """
    here = {model.name: model for model in _with_semsearch() + _packaged() + _in_hub_cache()}
    there = [
        ModelInfo(name, "hub", size_bytes, False, note)
        for name, (size_bytes, note) in _ON_THE_HUB.items()
        if name not in here
    ]
    return [*here.values(), *there]


def _with_semsearch() -> list[ModelInfo]:
    from semsearch.encoders.onnx import MULTILINGUAL
    from semsearch.encoders.static import BUNDLED

    models = [
        (
            "multilingual",
            MULTILINGUAL,
            "the default; reads sentences in about 100 languages; 384 dims; MIT",
        ),
        ("fast", BUNDLED, "knows the words of 32 languages; 448 dims"),
    ]
    return [
        ModelInfo(
            name,
            str(folder),
            _size_bytes(folder),
            True,
            note,
            ACROSS_LANGUAGES[name],
        )
        for name, folder, note in models
    ]


def _packaged() -> list[ModelInfo]:
    folder = packaged_minilm()
    if folder is None:
        return []
    note = "English only; 384 dims; Apache-2.0"
    return [ModelInfo(MINILM, str(folder), _size_bytes(folder), True, note)]


def _in_hub_cache() -> list[ModelInfo]:
    """Models that sentence-transformers can load from the hub's cache, by name."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    try:
        repos = scan_cache_dir(cache_folder()).repos
    except (CacheNotFound, OSError):
        return []
    models = []
    for repo in sorted(repos, key=lambda repo: repo.repo_id):
        for revision in repo.revisions:
            if "main" in revision.refs and (revision.snapshot_path / "modules.json").is_file():
                note = _ON_THE_HUB.get(repo.repo_id, (0, ""))[1]
                folder = str(revision.snapshot_path)
                models.append(ModelInfo(repo.repo_id, folder, revision.size_on_disk, True, note))
    return models


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
