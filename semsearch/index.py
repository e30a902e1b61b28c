"""SearchIndex: an index folder, ready to be brought up to date and asked."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from semsearch.types import Article, Mode, SearchResult, Status, SyncReport

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of files found."""


class SearchIndex:
    """Articles, passages and vectors on disk, searched by meaning and by words."""

    @classmethod
    def build(
        cls,
        paths: Sequence[str | Path],
        folder: str | Path = "index",
        *,
        model: str | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Bring the index in `folder` up to date with `paths` and open it."""
        raise NotImplementedError

    @classmethod
    def open(cls, folder: str | Path = "index") -> Self:
        """Open an index that exists. Raises IndexMissing, IndexDamaged."""
        raise NotImplementedError

    @property
    def report(self) -> SyncReport | None:
        """What `build` did; None for an index that was only opened."""
        raise NotImplementedError

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: Mode = Mode.HYBRID,
        langs: Sequence[str] = (),
        passages: bool = False,
    ) -> SearchResult:
        """The best passage of each of the k best articles; every passage with `passages`."""
        raise NotImplementedError

    def search_many(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        mode: Mode = Mode.HYBRID,
        langs: Sequence[str] = (),
        passages: bool = False,
    ) -> list[SearchResult]:
        """One result for each query, as `search` would give it."""
        raise NotImplementedError

    def similar(
        self, path_or_id: str, k: int = 10, *, langs: Sequence[str] = ()
    ) -> SearchResult:
        """Articles like this one, in any language, itself left out. Raises InputError."""
        raise NotImplementedError

    def article(self, path_or_id: str) -> Article:
        """One article and its passages. Raises InputError when the index does not hold it."""
        raise NotImplementedError

    def status(self) -> Status:
        """What the index holds."""
        raise NotImplementedError
