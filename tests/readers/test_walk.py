"""The files that a walk finds, leaves out, and reports as skipped."""

import os
import socket
from pathlib import Path

import pytest

from semsearch.config import ReadLimits
from semsearch.errors import InputError
from semsearch.readers import walk
from semsearch.types import Skipped, SourceFile

LIMITS = ReadLimits()


def write(path: Path, text: str = "An article.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(root: Path, limits: ReadLimits = LIMITS) -> list[str]:
    return [item.relative for item in walk(root, limits) if isinstance(item, SourceFile)]


def skipped(root: Path, limits: ReadLimits = LIMITS) -> dict[str, str]:
    return {item.path: item.reason for item in walk(root, limits) if isinstance(item, Skipped)}


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ["b.txt", "a/z.md", "a/b/c.html", "é.txt", "B.TXT", "日本.jsonl"]:
        write(tmp_path / name)
    assert found(tmp_path) == ["B.TXT", "a/b/c.html", "a/z.md", "b.txt", "é.txt", "日本.jsonl"]
    assert skipped(tmp_path) == {}


def test_a_file_carries_its_path_size_and_time(tmp_path: Path) -> None:
    path = write(tmp_path / "folder" / "a.txt", "twelve bytes")
    os.utime(path, ns=(5, 7_000_000_001))
    assert list(walk(tmp_path, LIMITS)) == [
        SourceFile(path.resolve(), "folder/a.txt", size_bytes=12, mtime_ns=7_000_000_001)
    ]


def test_one_file_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / ".hidden" / "a.txt")
    assert found(path) == ["a.txt"]
    assert skipped(write(tmp_path / "a.xyz")) == {
        str(tmp_path / "a.xyz"): "no reader for .xyz files"
    }


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing: no such file"):
        list(walk(tmp_path / "missing", LIMITS))


def test_the_named_folder_may_be_a_link_but_nothing_below(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.txt")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "loop").symlink_to(".")
    (tmp_path / "real" / "other.txt").symlink_to("a.txt")
    (tmp_path / "real" / "dangling.txt").symlink_to("nowhere")
    assert found(tmp_path / "link") == ["a.txt"]
    assert skipped(tmp_path / "link") == {
        str(tmp_path / "real" / name): "a link: links are not followed"
        for name in ["dangling.txt", "loop", "other.txt"]
    }


def test_a_loop_of_links_cannot_be_the_root(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="symbolic links"):
        list(walk(tmp_path / "loop", LIMITS))


def test_what_is_no_regular_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo.txt")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        assert skipped(tmp_path) == {
            str(tmp_path / "fifo.txt"): "not a regular file",
            str(tmp_path / "socket.txt"): "not a regular file",
        }


def test_files_without_a_reader_are_named(tmp_path: Path) -> None:
    write(tmp_path / "photo.JPG")
    write(tmp_path / "README")
    assert skipped(tmp_path) == {
        str(tmp_path / "photo.JPG"): "no reader for .JPG files",
        str(tmp_path / "README"): "no reader for files without an extension",
    }


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / ".git" / "a.txt")
    write(tmp_path / ".b.txt")
    assert list(walk(tmp_path, LIMITS)) == []


def test_names_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("text")
        (tmp_path / os.fsdecode(b"dossier\xff")).mkdir()
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    write(tmp_path / "good.txt")
    assert found(tmp_path) == ["good.txt"]
    assert skipped(tmp_path) == {
        str(tmp_path / "caf\\xe9.txt"): "the name is not UTF-8: rename it",
        str(tmp_path / "dossier\\xff"): "the name is not UTF-8: rename it",
    }
    with pytest.raises(InputError, match="rename it"):
        list(walk(tmp_path / os.fsdecode(b"dossier\xff"), LIMITS))


def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "closed" / "a.txt")
    write(tmp_path / "open.txt")
    (tmp_path / "closed").chmod(0)
    try:
        if os.access(tmp_path / "closed", os.R_OK):
            pytest.skip("root reads everything")
        assert found(tmp_path) == ["open.txt"]
        assert skipped(tmp_path) == {str(tmp_path / "closed"): "permission denied"}
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_depth_is_bounded(tmp_path: Path) -> None:
    write(tmp_path / "1" / "2" / "3" / "deep.txt")
    write(tmp_path / "1" / "2" / "a.txt")
    assert found(tmp_path, ReadLimits(depth=2)) == ["1/2/a.txt"]
    assert skipped(tmp_path, ReadLimits(depth=2)) == {
        str(tmp_path / "1" / "2" / "3"): "more than 2 folders deep"
    }


def test_beir_queries_and_judgements_are_no_articles(tmp_path: Path) -> None:
    for name in ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"]:
        write(tmp_path / "beir" / name)
    write(tmp_path / "plain" / "queries.jsonl")
    write(tmp_path / "plain" / "other.tsv")
    assert found(tmp_path) == ["beir/corpus.jsonl", "plain/other.tsv", "plain/queries.jsonl"]
    assert skipped(tmp_path) == {}


def test_an_index_is_left_out_and_refused_as_root(tmp_path: Path) -> None:
    write(tmp_path / "index" / "semsearch.db")
    write(tmp_path / "index" / "notes.txt")
    write(tmp_path / "a.txt")
    assert found(tmp_path) == ["a.txt"]
    assert skipped(tmp_path) == {}
    with pytest.raises(InputError, match="is an index"):
        list(walk(tmp_path / "index", LIMITS))


class TestIgnoreFile:
    def test_patterns_leave_files_out(self, tmp_path: Path) -> None:
        write(tmp_path / ".semsearchignore", "# drafts\n/drafts/\n*.md\n!keep.md\nphoto.*\n\n")
        names = ["drafts/a.txt", "x/drafts/a.txt", "a.md", "x/keep.md", "photo.jpg", "a.txt"]
        for name in names:
            write(tmp_path / name)
        assert found(tmp_path) == ["a.txt", "x/drafts/a.txt", "x/keep.md"]
        assert skipped(tmp_path) == {}

    def test_a_deeper_file_has_the_last_word(self, tmp_path: Path) -> None:
        write(tmp_path / ".semsearchignore", "*.txt\n")
        write(tmp_path / "in" / ".semsearchignore", "!*.txt\n/secret.txt\n")
        for name in ["a.txt", "in/a.txt", "in/secret.txt", "in/sub/secret.txt", "out/a.txt"]:
            write(tmp_path / name)
        assert found(tmp_path) == ["in/a.txt", "in/sub/secret.txt"]

    def test_nothing_comes_back_from_a_folder_left_out(self, tmp_path: Path) -> None:
        write(tmp_path / ".semsearchignore", "out/\n")
        write(tmp_path / "out" / ".semsearchignore", "!a.txt\n")
        write(tmp_path / "out" / "a.txt")
        assert found(tmp_path) == []

    def test_a_broken_pattern_is_named_and_the_others_hold(self, tmp_path: Path) -> None:
        path = write(tmp_path / ".semsearchignore", "*.md\n!\n")
        write(tmp_path / "a.md")
        write(tmp_path / "a.txt")
        assert found(tmp_path) == ["a.txt"]
        assert skipped(tmp_path) == {f"{path}:2": "not a pattern: !"}

    def test_one_that_cannot_be_read_leaves_its_folder_out(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / ".semsearchignore").write_bytes(b"caf\xe9\n")
        write(tmp_path / "in" / "a.txt")
        write(tmp_path / "b.txt")
        assert found(tmp_path) == ["b.txt"]
        assert skipped(tmp_path) == {
            str(tmp_path / "in"): "its .semsearchignore cannot be read (not UTF-8 at byte 3: "
            "convert it with `iconv -f ENCODING -t UTF-8`), so the folder is skipped"
        }

    def test_one_that_is_no_file_leaves_its_folder_out(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / ".semsearchignore")
        write(tmp_path / "a.txt")
        assert skipped(tmp_path) == {
            str(tmp_path): "its .semsearchignore cannot be read (not a regular file), "
            "so the folder is skipped"
        }
