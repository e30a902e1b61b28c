"""The Unix socket of a server: its path, in a private folder, and who is at the other end."""

import os
import socket
import stat
import struct
import sys
from pathlib import Path

from semsearch.types import VERSION

_PRIME = 2**128 - 159
"""Largest prime below 2**128. The socket is named by the bytes of the folder's path modulo this: a
hash from hashlib would take 4 ms to import, and only a user who owns both folders could make two
paths collide."""


def socket_path(folder: Path) -> Path:
    """The path of the socket for an index folder and this version of semsearch.

    It does not depend on the environment, so that any process of the same user finds it. It is not
    inside the index folder, which may be read-only, on a network file system or at a path that is
    too long for a socket.
    """
    name = os.fsencode(f"{VERSION}:{os.path.realpath(folder)}")
    digest = int.from_bytes(name) % _PRIME
    return Path(f"/tmp/semsearch-{os.geteuid()}", f"{digest:032x}.sock")


def is_private(folder: Path) -> bool:
    """Whether a folder (not a link to one) is owned by this user and closed to all others."""
    status = folder.lstat()
    owned = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return owned and not status.st_mode & 0o77


def peer_is_owner(connection: socket.socket) -> bool:
    """Whether the process at the other end of a Unix socket runs as the same user."""
    try:
        if sys.platform == "linux":
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            _, uid, _ = struct.unpack("3I", credentials)  # pid, uid, gid
        else:
            sol_local, peer_credentials = 0, 1  # <sys/un.h> of macOS and BSD
            credentials = connection.getsockopt(sol_local, peer_credentials, 76)
            _, uid = struct.unpack_from("2I", credentials)  # version, uid, groups
    except OSError:
        return False
    return bool(uid == os.geteuid())
