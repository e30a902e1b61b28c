"""Disks that are full, read-only, another user's, or without locks."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from semsearch import SearchIndex
from semsearch.store import Writer
from tests.paths import ROOT

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
SEMSEARCH = [sys.executable, "-m", "semsearch"]


WITHOUT_OVERRIDE = """
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(24, 1, 0, 0, 0) == 0  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
os.execvp(sys.argv[1], sys.argv[1:])
"""


def bound(*command: str | Path) -> list[str]:
    """A command run so that file permissions apply to it even as root."""
    words = [*map(str, command)]
    return [sys.executable, "-c", WITHOUT_OVERRIDE, *words] if os.geteuid() == 0 else words


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        bound(*command), capture_output=True, check=False, text=True, env=ENVIRONMENT
    )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder that can be deleted afterwards, whatever permissions a test has removed."""
    yield tmp_path
    for path in [tmp_path, *tmp_path.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o700)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lock_away(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)


def mounted(options: str, where: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A shell script that sees a file system of its own at a folder."""
    mount = f"mount {options} {where} || exit 99; {script}"
    done = run("unshare", "--mount", "--map-root-user", "sh", "-c", mount)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("nothing can be mounted here")
    return done


class TestFullDisk:
    @pytest.mark.parametrize("size", [900, 1_600, 2_300, 8_000])
    def test_the_old_state_stays_and_the_next_run_goes_on(self, tmp_path: Path, size: int) -> None:
        write(tmp_path / "old" / "a.txt", "The summit met in the hall.")
        for number in range(400):
            words = " ".join(f"word{number * 7 % 1000 + i}" for i in range(150))
            write(tmp_path / "new" / f"{number}.txt", words)
        disk = tmp_path / "disk"
        disk.mkdir()
        semsearch = f"{sys.executable} -m semsearch"
        done = mounted(
            f"-t tmpfs -o size={size}k tmpfs",
            disk,
            f"cd {tmp_path}; export SEMSEARCH_INDEX={disk}/index\n"
            f"{semsearch} index old --model fast >&2 || exit 98\n"
            f"{semsearch} index new >/dev/null; echo $?\n"
            f"{semsearch} search summit --jsonl -k 1 | cut -c1-90; {semsearch} status | grep arti\n"
            f"mount -o remount,size=60m {disk}\n"
            f"{semsearch} index new >/dev/null; echo $?; {semsearch} status | grep arti\n",
        )
        code, hit, before, again, after = done.stdout.splitlines()
        assert (size, code) in [(900, "3"), (1_600, "3"), (2_300, "3"), (2_300, "0"), (8_000, "0")]
        assert before.split()[-1] == {"0": "401", "3": "1"}[code]
        if code == "3":
            (message,) = done.stderr.splitlines()[3:]
            assert "full" in message or "No space" in message
            assert "Make room" in message
        assert '"doc_id": "a.txt"' in hit
        assert (again, after.split()[-1]) == ("0", "401")


class TestReadOnly:
    def test_who_cannot_write_can_search_and_nothing_else(self, place: Path) -> None:
        write(place / "news" / "a.txt", "The summit met in the hall.")
        SearchIndex.build([place / "news"], place / "index").close()
        lock_away(place / "index")
        index = ["--index", str(place / "index")]
        for reading in (["search", "summit"], ["status"], ["show", "a.txt"]):
            assert run(*SEMSEARCH, *reading, *index).returncode == 0
        dry = run(*SEMSEARCH, "index", place / "news", "--dry-run", *index)
        assert (dry.returncode, dry.stderr) == (0, "")
        for writing in (["index", str(place / "news")], ["remove", "a.txt"], ["reindex"]):
            done = run(*SEMSEARCH, *writing, *index)
            assert (done.returncode, done.stdout) == (3, "")
            assert done.stderr == (
                f"semsearch: cannot write in {place / 'index'}: Permission denied. "
                "Choose another folder with --index, or make this one writable.\n"
            )

    def test_a_read_only_file_system(self, tmp_path: Path) -> None:
        write(tmp_path / "news" / "a.txt", "The summit met in the hall.")
        index = tmp_path / "index"
        SearchIndex.build([tmp_path / "news"], index).close()
        semsearch = f"{sys.executable} -m semsearch"
        done = mounted(
            f"--bind {index}",
            index,
            f"mount -o remount,bind,ro {index}\n"
            f"{semsearch} search summit --jsonl --index {index} | cut -c1-90\n"
            f"{semsearch} index {tmp_path / 'news'} --index {index}; echo $?",
        )
        hit, code = done.stdout.splitlines()
        assert '"doc_id": "a.txt"' in hit
        assert code == "3"
        assert "Read-only file system" in done.stderr

    def test_a_log_that_was_left_is_not_ignored(self, place: Path) -> None:
        write(place / "news" / "a.txt", "The summit met in the hall.")
        index = place / "index"
        SearchIndex.build([place / "news"], index).close()
        with SearchIndex.open(index), Writer(index) as writer:
            with writer.transaction():
                writer.set_meta({"more": "in the log"})
            shutil.copytree(index, place / "copy", ignore=shutil.ignore_patterns("*-shm"))
        lock_away(place / "copy")
        done = run(*SEMSEARCH, "search", "summit", "--index", place / "copy")
        assert (done.returncode, done.stdout) == (3, "")
        assert "copy it to such a place" in done.stderr

    def test_a_reader_that_cannot_lock_sees_what_the_owner_writes(self, place: Path) -> None:
        write(place / "news" / "a.txt", "The summit met in the hall.")
        SearchIndex.build([place / "news"], place / "index").close()
        if os.geteuid() != 0:
            pytest.skip("needs root, who can write in a read-only folder")
        lock_away(place / "index")
        code = (
            "import sys; from semsearch import SearchIndex\n"
            "index = SearchIndex.open(sys.argv[1])\n"
            "for line in sys.stdin:\n"
            "    print([hit.doc_id for hit in index.search('river', k=1).hits], flush=True)\n"
        )
        reader = subprocess.Popen(
            bound(sys.executable, "-c", code, place / "index"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        assert reader.stdin is not None
        assert reader.stdout is not None
        with reader:
            for number in range(4):
                name = f"{number}.txt"
                write(place / "news" / name, "The river rose. " * (number + 1))
                for path in (place / "news").iterdir():
                    if path.name != name:
                        path.unlink()
                SearchIndex.build([place / "news"], place / "index").close()
                reader.stdin.write("ask\n")
                reader.stdin.flush()
                assert reader.stdout.readline() == f"['{name}']\n"
            reader.stdin.close()


NO_FLOCK = """
import ctypes, os, platform, runpy, struct, sys
number = {"x86_64": 73, "aarch64": 32}[platform.machine()]
# A seccomp filter that lets flock fail with ENOLCK (37).
program = b"".join(
    struct.pack("HBBI", *each)
    for each in [
        (0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x50000 | 37), (6, 0, 0, 0x7FFF0000)
    ]
)
buffer = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
if libc.prctl(22, 2, filter, 0, 0):
    sys.exit(99)
sys.argv = ["semsearch", *sys.argv[1:]]
runpy.run_module("semsearch", run_name="__main__")
"""


@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="needs Linux with seccomp filters",
)
def test_a_file_system_without_locks(tmp_path: Path) -> None:
    write(tmp_path / "news" / "a.txt", "The summit met in the hall.")
    done = run(
        sys.executable, "-c", NO_FLOCK, "index", tmp_path / "news", "--index", tmp_path / "i"
    )
    if done.returncode == 99:
        pytest.skip("this kernel does not accept seccomp filters")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"semsearch: cannot lock the index in {tmp_path / 'i'}: No locks available. "
        "Some network file systems cannot: choose a folder on a local disk with --index.\n"
    )
