"""Files that are still whole after a loss of power, and checksums of the files in a folder.

Imports nothing from semsearch. Others take the functions named here, and `manifest` as a module.
"""

from semsearch.disk.durability import make_folder, sync_file, sync_folder, write_file
from semsearch.disk.generations import MARKER, prune

__all__ = [
    "MARKER",
    "make_folder",
    "manifest",
    "prune",
    "sync_file",
    "sync_folder",
    "write_file",
]
