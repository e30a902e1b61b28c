"""The word index of each generation of the store: a folder of segments for each language.

`<generation>/<language>/<name>.words2` is a segment, `<name>.dead` lists the passages in it that
have been removed. Segments are never changed: generations share them by hard links.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count as counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from semsearch.disk import MARKER, make_folder, manifest, sync_file, sync_folder, write_file
from semsearch.lexical.analysis import group
from semsearch.lexical.building import build, merge
from semsearch.lexical.segment import MAX_PASSAGES, Segment

LEXICAL_FOLDER = "lexical"
"""Folder of the lexical index inside the index folder."""
_SEGMENT = ".words2"
"""Suffix of a segment. The number is raised whenever the arrays or the analysis of texts change, so
that a word index of another version is made again."""
_DEAD = ".dead"
_MOST_DEAD = 0.5
"""A segment is made again when more than this share of its passages has been removed. A choice."""
_FULL = MAX_PASSAGES // 2
"""A segment of as many passages is not merged any more. A choice."""


class _Stored(NamedTuple):
    """A segment and the file that it is mapped from."""

    path: Path
    segment: Segment


def read(folder: Path, generation: int) -> "dict[str, list[Segment]] | None":
    """The segments of each language of a generation; None if any is missing or damaged.

    Args:
        folder: the folder of all generations.
        generation: of the store.
    """
    target = folder / str(generation)
    marker = _marker(target)
    if marker is None or manifest.changed(target, marker):
        return None
    try:
        found = {
            lang: [each.segment for each in _stored(target / lang)]
            for lang in manifest.folders(marker)
        }
    except (OSError, ValueError):  # it is being removed at this moment
        return None
    # The marker is written last and removed first: while it is there, so is everything else.
    return found if manifest.read(target / MARKER) == marker else None


def write(
    folder: Path,
    generation: int,
    added: Iterable[tuple[int, str | None, str]],
    *,
    base: int | None = None,
    removed: Iterable[tuple[int, str | None]] = (),
) -> None:
    """Write the index of a generation to disk, beside the others; its marker is written last.

    Args:
        folder: the folder of all generations; made when missing.
        generation: of the store, which is about to be committed.
        added: (chunk id, language, text) of new passages; of all passages without a `base`.
        base: the generation to start from, whose files are shared by hard links.
        removed: (chunk id, language) of passages of the base that no longer exist.

    Raises:
        OSError: it cannot be written.
    """
    make_folder(folder)
    target = folder / str(generation)
    shutil.rmtree(target, ignore_errors=True)
    make_folder(target)
    segments = {} if base is None else _without(folder / str(base), removed)
    names = (f"{generation}-{number}{_SEGMENT}" for number in counter())
    for lang, packed in build(added):
        (target / lang).mkdir(exist_ok=True)
        segments.setdefault(lang, []).append(_save(target / lang / next(names), packed))
    for lang, own in segments.items():
        (target / lang).mkdir(exist_ok=True)
        _settle(target / lang, own, names)
        sync_folder(target / lang)
    sync_folder(target)
    write_file(target / MARKER, manifest.of(target))
    sync_folder(folder)


def is_whole(folder: Path, generation: int) -> bool:
    """Whether the index of this generation of the store is on disk and undamaged."""
    target = folder / str(generation)
    marker = _marker(target)
    return marker is not None and not manifest.changed(target, marker)


def check(folder: Path, generation: int, passages: Mapping[str | None, int]) -> list[str]:
    """What is wrong with the index of a generation on disk, a line each.

    A missing index is not a fault: searches make one in memory and the next run writes one.

    Args:
        folder: the folder of all generations.
        generation: of the store.
        passages: the number of passages in the store, by language.
    """
    target = folder / str(generation)
    if not (target / MARKER).exists():
        return []
    marker = _marker(target)
    if marker is None:
        return [f"{MARKER} of the word index cannot be read, or is of another version"]
    if changed := manifest.changed(target, marker):
        return [f"the file {path} of the word index has changed" for path in changed]
    expected: Counter[str] = Counter()
    for lang, count in passages.items():
        expected[group(lang)] += count
    held = Counter(
        {
            lang: sum(len(each.segment) for each in _stored(target / lang))
            for lang in manifest.folders(marker)
        }
    )
    return [
        f"the word index for {lang} holds {held[lang]} passages, not {expected[lang]}"
        for lang in sorted(expected.keys() | held.keys())
        if held[lang] != expected[lang]
    ]


def _marker(folder: Path) -> manifest.Manifest | None:
    """The checksums of a generation; None where it is incomplete or of another version."""
    marker = manifest.read(folder / MARKER)
    if marker is None or not all(name.endswith((_SEGMENT, _DEAD)) for name in marker):
        return None
    return marker


def _stored(folder: Path) -> list[_Stored]:
    """The segments in the folder of a language. Raises OSError or ValueError."""
    found = []
    for path in sorted(folder.glob(f"*{_SEGMENT}")):
        dead = path.with_suffix(_DEAD)
        places = np.fromfile(dead, dtype="<u2").astype(np.int64) if dead.exists() else None
        found.append(_Stored(path, Segment.open(path, places)))
    return found


def _without(folder: Path, removed: Iterable[tuple[int, str | None]]) -> dict[str, list[_Stored]]:
    """The segments of each language of a generation, without (chunk id, language) of some passages.

    Raises:
        OSError: the generation is missing.
    """
    gone: dict[str, list[int]] = {}
    for chunk_id, lang in removed:
        gone.setdefault(group(lang), []).append(chunk_id)
    found = {path.name: _stored(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    for lang, ids in gone.items():
        ascending = np.sort(np.array(ids, dtype=np.int64))
        own = found.get(lang, [])
        found[lang] = [_Stored(path, segment.without(ascending)) for path, segment in own]
    return found


def _settle(folder: Path, segments: list[_Stored], name: Iterator[str]) -> None:
    """Bring the segments of a language into its folder, few of them and most of each alive."""
    while group := _to_merge(segments):
        segments = [each for each in segments if each.path not in {one.path for one in group}]
        if any(len(each.segment) for each in group):
            packed = merge([each.segment for each in group])
            segments.append(_save(folder / next(name), packed))
        for each in group:
            if each.path.parent == folder:
                each.path.unlink()
    for path, segment in segments:
        own = folder / path.name
        if path != own:
            _share(path, own)
        if len(segment.dead):
            _write(own.with_suffix(_DEAD), segment.dead.astype("<u2").tobytes())


def _to_merge(segments: Sequence[_Stored]) -> list[_Stored]:
    """Segments that should become one: one that is half dead, or small ones; often none.

    Each segment is left more than twice as large as all smaller ones together, so that there are
    few, and a passage is written again a few times only, however small the changes are.
    """
    for each in segments:
        if len(each.segment.dead) > _MOST_DEAD * len(each.segment.ids):
            return [each]
    group: list[_Stored] = []
    total = 0
    for each in sorted(segments, key=lambda each: len(each.segment)):
        size = len(each.segment)
        if size >= _FULL or total + size > MAX_PASSAGES or (group and size > 2 * total):
            break
        group.append(each)
        total += size
    return group if len(group) > 1 else []


def _save(path: Path, packed: bytes) -> _Stored:
    """Write a segment to a file and map it."""
    _write(path, packed)
    return _Stored(path, Segment.open(path))


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        sync_file(stream)


def _share(source: Path, target: Path) -> None:
    """Link a segment, since none is ever changed; copy it where that fails."""
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
