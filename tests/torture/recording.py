"""Recording with strace what a program does to the files of a folder."""

import codecs
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .disk import ROOT, Event, Names, Reported, Sync, Truncate, Write

HAVE_STRACE = shutil.which("strace") is not None
_CALLS = (
    "openat,close,lseek,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,"
    "unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,mmap"
)
_REFUSED = "writev,pwritev,pwritev2,sendfile,copy_file_range,fallocate,truncate"
"""Calls that change a file and are not supported here: an index must not use them."""
_LONGEST = 1 << 16
"""Most bytes of a write that are recorded: py3langid unpacks a large model into another folder."""
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)")
_UNFINISHED = re.compile(r"(\d+) +(\w+\(.*) <unfinished \.\.\.>")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
_PLACE = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_DATA = re.compile(r'\d+<[^>]*>, "((?:[^"\\]|\\.)*)"')


class Recording:
    """The events of programs that ran one after the other, in a folder that was empty at first."""

    def __init__(self, root: Path) -> None:
        self.events: list[Event] = []
        self._root = root.resolve()
        self._stdout = self._root.with_name("stdout")
        self._folders: dict[int, dict[str, int]] = {ROOT: {}}
        self._sizes: dict[int, int] = {}
        self._open: dict[str, tuple[int, int | None]] = {}
        """Node and position by file descriptor; None where writes go to the end."""
        self._count = 1

    def is_folder(self, node: int) -> bool:
        """Whether a node is one."""
        return node in self._folders

    def run(self, command: Sequence[str]) -> None:
        """Run a program to its end; what it prints ends with an event Reported."""
        log = self._root.with_name("strace.log")
        tracer = ["strace", "-f", "-y", "-s", str(_LONGEST), "-e", f"trace={_CALLS},{_REFUSED}"]
        with self._stdout.open("wb") as stdout:
            subprocess.run([*tracer, "-o", str(log), *command], check=True, stdout=stdout)
        self._open.clear()
        begun: dict[str, tuple[str, int]] = {}
        for logged in log.read_text(encoding="latin-1").splitlines():
            line, at = logged, len(self.events)
            if match := _UNFINISHED.match(line):
                begun[match[1]] = match[2], at
                if match[2].startswith("close("):  # another thread may get the number at once
                    self._open.pop(match[2].removeprefix("close(").partition("<")[0], None)
                continue
            if match := _RESUMED.match(line):
                start, at = begun.pop(match[1])
                if start.startswith("close("):
                    continue
                line = f"{match[1]} {start}{match[2]}"
            if (match := _LINE.match(line)) and not match[4].startswith("-"):
                self._take(match[2], match[3], match[4], at)

    def _take(self, call: str, arguments: str, result: str, begun: int) -> None:
        fd = arguments.partition("<")[0]
        if call == "openat":
            self._take_open(arguments, result)
        elif call in ("mkdir", "mkdirat", "unlink", "unlinkat", "rmdir"):
            self._take_name(call, arguments)
        elif call.startswith(("rename", "link")):
            self._take_second_name(call, arguments)
        elif call == "mmap":
            if "MAP_SHARED" in arguments and "PROT_WRITE" in arguments:
                assert str(self._root) not in arguments or "-shm>" in arguments, arguments
        elif call == "write" and f"<{self._stdout}>" in arguments:
            if not isinstance(self.events[-1], Reported):
                self.events.append(Reported())
        elif fd in self._open:
            self._take_file(call, fd, arguments, int(result), begun)
        elif call not in ("lseek", "close"):  # of a copy of a descriptor, that of a folder
            assert f"<{self._root}/" not in arguments, f"{call}({arguments})"

    def _take_open(self, arguments: str, fd: str) -> None:
        self._open.pop(fd, None)
        place = self._place(arguments)
        if place is None:
            return
        folder, name = place
        node = self._folders[folder].get(name) if name else folder
        if node is None:
            assert "O_CREAT" in arguments, arguments
            node = self._new()
            self._sizes[node] = 0
            self._name(folder, (name, node))
        elif "O_TRUNC" in arguments:
            self._sizes[node] = 0
            self.events.append(Truncate(node, 0))
        self._open[fd] = node, None if "O_APPEND" in arguments else 0

    def _take_name(self, call: str, arguments: str) -> None:
        if place := self._place(arguments):
            folder, name = place
            if call.startswith("mkdir"):
                node = self._new()
                self._folders[node] = {}
                self._name(folder, (name, node))
            else:
                self._name(folder, (name, None))

    def _take_second_name(self, call: str, arguments: str) -> None:
        old, new = (self._place(match[0]) for match in _PLACE.finditer(arguments))
        if old is None and new is None:
            return
        assert old, arguments
        assert new, arguments
        node = self._folders[old[0]][old[1]]
        if call.startswith("link"):
            self._name(new[0], (new[1], node))
        else:
            assert old[0] == new[0], f"from folder to folder: {arguments}"
            self._name(new[0], (old[1], None), (new[1], node))

    def _take_file(self, call: str, fd: str, arguments: str, result: int, begun: int) -> None:
        node, position = self._open[fd]
        if call == "close":
            del self._open[fd]
        elif call == "lseek":
            if position is not None:
                self._open[fd] = node, result
        elif call in ("fsync", "fdatasync"):
            self.events.append(Sync(node, begun))
        elif call == "ftruncate":
            self._sizes[node] = int(arguments.rsplit(", ", 1)[1])
            self.events.append(Truncate(node, self._sizes[node]))
        elif call in ("write", "pwrite64"):
            match = _DATA.match(arguments)
            assert match, arguments
            data, _ = codecs.escape_decode(match[1].encode("latin-1"))
            data = data[:result]
            assert len(data) == result, f"a write of {result} bytes is too long to be recorded"
            if call == "pwrite64":
                position = int(arguments.rsplit(", ", 1)[1])
            elif position is None:
                position = self._sizes[node]
            else:
                self._open[fd] = node, position + result
            self._sizes[node] = max(self._sizes[node], position + result)
            self.events.append(Write(node, position, data))
        else:
            raise AssertionError(f"{call}({arguments})")

    def _place(self, arguments: str) -> tuple[int, str] | None:
        """(folder, name) of the path in some arguments, ("" for the root); None if elsewhere."""
        match = _PLACE.match(arguments)
        assert match, arguments
        path = Path(match[1] or "/", match[2])
        if not path.is_relative_to(self._root):
            return None
        node = ROOT
        *parents, name = path.relative_to(self._root).parts or ("",)
        for parent in parents:
            node = self._folders[node][parent]
        return node, name

    def _name(self, folder: int, *names: tuple[str, int | None]) -> None:
        for name, node in names:
            if node is None:
                del self._folders[folder][name]
            else:
                self._folders[folder][name] = node
        self.events.append(Names(folder, names))

    def _new(self) -> int:
        self._count += 1
        return self._count - 1
