"""Files that are still whole after a loss of power, and checksums of the files in a folder.

Imports nothing of semsearch. Others take the functions named here, and `manifest` as a module.
"""

from semsearch.disk.durability import make_folder, sync_file, sync_folder, write_file

__all__ = [
    "make_folder",
    "manifest",
    "sync_file",
    "sync_folder",
    "write_file",
]
