"""How much memory this process holds.

Linux tells it in /proc. psutil reads the same file but leaves out the peak, and the peak of
`getrusage` includes that of the parent process.
"""

import re
import resource
from pathlib import Path


def resident_bytes() -> int:
    """What is in memory now; where there is no /proc, the peak."""
    return _bytes("VmRSS") or _peak_of_system()


def peak_bytes() -> int:
    """The most that has been in memory at once."""
    return _bytes("VmHWM") or _peak_of_system()


def anonymous_bytes() -> int:
    """What is in memory now without mapped files; 0 where there is no /proc."""
    return _bytes("RssAnon")


def _bytes(field: str) -> int:
    """A field of the status of this process; 0 where there is no /proc."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def _peak_of_system() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
