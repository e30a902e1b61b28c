"""A collection with a part of its articles left out, so that some queries have no answer."""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from semsearch.index import SearchIndex


def half(doc_ids: Iterable[str], right: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Half of the articles, the same each time; of a query all right articles are in it or none.

    Articles that are right for the same query go together, and the groups of them are taken in the
    order of a hash until half of the articles are there.

    Args:
        doc_ids: all articles.
        right: the right articles of each query.
    """
    leader = {doc_id: doc_id for doc_id in doc_ids}

    def find(doc_id: str) -> str:
        while leader[doc_id] != doc_id:
            leader[doc_id] = doc_id = leader[leader[doc_id]]
        return doc_id

    for articles in right.values():
        first, *others = [find(doc_id) for doc_id in articles if doc_id in leader] or [""]
        for other in others:
            leader[max(find(first), find(other))] = min(find(first), find(other))
    groups: dict[str, list[str]] = {}
    for doc_id in leader:
        groups.setdefault(find(doc_id), []).append(doc_id)
    taken: list[str] = []
    for name in sorted(groups, key=stable_hash):
        if 2 * len(taken) < len(leader):
            taken += groups[name]
    return frozenset(taken)


def stable_hash(text: str) -> bytes:
    """The same in every process, unlike `hash`."""
    return hashlib.sha256(text.encode()).digest()


def without(doc_ids: Iterable[str], whole: Path, folder: Path) -> SearchIndex:
    """An index with some articles fewer than another one; nothing is encoded.

    Args:
        doc_ids: the articles to leave out.
        whole: folder of an index that nobody writes.
        folder: for the new index; must not exist.
    """
    shutil.copytree(whole, folder)
    index = SearchIndex.open(folder)
    index.remove(*doc_ids)
    return index
