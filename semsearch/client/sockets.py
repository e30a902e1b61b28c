"""Where the server of an index is met: a Unix socket in a folder that only its owner can enter."""

import os
import socket
import stat
import struct
import sys
from pathlib import Path

from semsearch.types import VERSION

_PRIME = 2**128 - 159
"""The name of the socket is that of the folder modulo this: hashlib takes 4 ms to import, and only
who owns both folders could make two names collide."""


def socket_path(folder: Path) -> Path:
    """The socket for an index folder and this version of semsearch.

    It does not depend on the environment, so that any process of the same user finds it, and does
    not lie in the index, which may be read-only, on a network or at a path too long for a socket.
    """
    name = os.fsencode(f"{VERSION}:{os.path.realpath(folder)}")
    digest = int.from_bytes(name) % _PRIME
    return Path(f"/tmp/semsearch-{os.geteuid()}", f"{digest:032x}.sock")


def is_private(folder: Path) -> bool:
    """Whether a folder, itself and not by a link, is this user's and nobody else can enter it."""
    status = folder.lstat()
    owned = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return owned and not status.st_mode & 0o77


def peer_is_owner(connection: socket.socket) -> bool:
    """Whether the process at the other end runs as the same user."""
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
