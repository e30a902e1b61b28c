"""Every error that semsearch raises on purpose, with the exit code of each.

    SemsearchError
    ├── InputError            2  a query, a path or an option that cannot be used
    │   ├── DocumentError     2  one file that cannot be read as an article
    │   ├── ModelError        2  a model that is not on this machine or does not work
    │   └── ModelMismatch     2  the index was built with another model
    └── IndexFolderError      3
        ├── IndexMissing      3  there is no index in this folder
        ├── IndexBusy         3  another process is writing it, or serves it
        └── IndexDamaged      3  the files of the index have changed since they were written

A message says what happened, where, and what to do next.
"""

from pathlib import Path
from typing import ClassVar


class SemsearchError(Exception):
    """Base of every error that semsearch raises on purpose."""

    exit_code: ClassVar[int] = 2


class InputError(SemsearchError):
    """A query, a path or an option that cannot be used."""


class DocumentError(InputError):
    """One file, or one record of a file, that cannot be read as an article."""


class ModelError(InputError):
    """A model that is not on this machine, cannot be fetched or does not work."""


class ModelMismatch(InputError):
    """The index was built with another model than the one asked for."""


class IndexFolderError(SemsearchError):
    """The index folder cannot be used as it is."""

    exit_code: ClassVar[int] = 3


class IndexMissing(IndexFolderError):
    """There is no index in the folder."""


class IndexBusy(IndexFolderError):
    """Another process is writing the index, or serves it."""


class IndexDamaged(IndexFolderError):
    """The files of the index have changed since they were written, or some are missing."""

    def __init__(self, folder: Path, what: str) -> None:
        self.what = what
        """What has changed, without folder and advice."""
        super().__init__(
            f"the index in {folder} is damaged: {what}. "
            f"Run `semsearch repair --index {folder}`; the articles themselves are untouched."
        )


def first_line(error: Exception) -> str:
    """The first line of a library's error, at most 300 characters, without a full stop."""
    lines = str(error).strip().splitlines()
    return lines[0][:300].rstrip(". ") if lines else type(error).__name__
