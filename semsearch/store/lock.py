"""One writer at a time: an advisory lock on a file that is never deleted."""

import fcntl
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from semsearch.disk import make_folder
from semsearch.errors import IndexBusy, IndexFolderError

LOCK = "LOCK"


class WriterLock:
    """Locks the index folder for one writer; the system releases it when the process dies.

    Raises IndexBusy where another process holds it, IndexFolderError where it cannot be locked.
    """

    def __init__(self, folder: Path) -> None:
        try:
            make_folder(folder)
            self._file = (folder / LOCK).open("a+b", buffering=0)
        except OSError as error:
            raise IndexFolderError(
                f"cannot write in {folder}: {error.strerror}. "
                "Choose another folder with --index, or make this one writable."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().decode("utf-8", "replace").strip() or "another process"
            self._file.close()
            raise IndexBusy(
                f"the index in {folder} is being written by {holder}. "
                "Wait until it has finished; searching is possible meanwhile."
            ) from None
        except OSError as error:
            self._file.close()
            raise IndexFolderError(
                f"cannot lock the index in {folder}: {error.strerror}. "
                "Some network file systems cannot: choose a folder on a local disk with --index."
            ) from error
        holder = f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n"
        with suppress(OSError):  # the disk is full: the lock is held all the same
            self._file.truncate(0)
            self._file.write(holder.encode())

    def release(self) -> None:
        """Release the lock."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
