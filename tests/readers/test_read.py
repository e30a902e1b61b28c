"""Files of every format: opened safely, and read whatever is in them."""

import os
import warnings
from pathlib import Path

import pytest

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers import SUFFIXES, open_source, read_documents, walk
from semsearch.types import Document, Skipped, SourceFile
from tests.readers.samples import LIMITS, PAGE, Items, pdf, read_bytes, zipped


class TestOpenSource:
    def source(self, path: Path) -> SourceFile:
        return SourceFile(path, path.name, 0, 0)

    def test_a_regular_file_is_opened(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(b"bytes")
        with open_source(self.source(tmp_path / "a.txt"), LIMITS) as stream:
            assert stream.read() == b"bytes"

    def test_what_took_its_place_is_not(self, tmp_path: Path) -> None:
        (tmp_path / "real.txt").write_text("text")
        (tmp_path / "link.txt").symlink_to("real.txt")
        (tmp_path / "folder.txt").mkdir()
        os.mkfifo(tmp_path / "fifo.txt")
        for name, why in {
            "link.txt": "a link: links are not followed",
            "fifo.txt": "not a regular file",
            "folder.txt": "not a regular file",
            "gone.txt": "no such file or directory",
        }.items():
            with pytest.raises(DocumentError) as caught:
                open_source(self.source(tmp_path / name), LIMITS)
            assert str(caught.value) == why

    def test_only_a_file_of_one_article_is_bounded(self, tmp_path: Path) -> None:
        limits = ReadLimits(file_bytes=10)
        for name in ["a.txt", "a.jsonl"]:
            (tmp_path / name).write_bytes(b"x" * 11)
        with pytest.raises(DocumentError, match="over the limit"):
            open_source(self.source(tmp_path / "a.txt"), limits)
        open_source(self.source(tmp_path / "a.jsonl"), limits).close()


def test_every_reader_survives_any_bytes() -> None:
    samples = [
        b"\xff" * 100,
        bytes(range(256)) * 4,
        pdf("text")[50:],
        PAGE.encode("utf-16")[1:],
        b"PK\x03\x04" + b"\0" * 100,
        b'"' * 1001,
    ]
    for suffix in SUFFIXES:
        for data in samples:
            with warnings.catch_warnings(record=True) as caught:
                assert read_bytes(f"a{suffix}", data)
            assert not caught


def test_a_hostile_folder(tmp_path: Path) -> None:
    """Each bad file is named with its reason, and everything else is read."""
    (tmp_path / "good.txt").write_text("A good article.\n\nWith text.")
    (tmp_path / "utf16.txt").write_bytes("Une dépêche.".encode("utf-16"))
    (tmp_path / "records.jsonl").write_text('{"_id": "r1", "text": "One."}\n{bad\n')
    (tmp_path / "empty.txt").touch()
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    (tmp_path / "latin1.txt").write_bytes("dépêche".encode("latin-1"))
    (tmp_path / "long-line.txt").write_bytes(b"x" * 50_000_000)
    (tmp_path / "long-line.jsonl").write_bytes(
        b'{"text": "' + b"x" * 50_000_000 + b'"}\n{"_id": "r2", "text": "Two."}\n'
    )
    (tmp_path / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "fifo.txt")
    (tmp_path / "broken.pdf").write_bytes(pdf("Lost.")[:200])
    (tmp_path / "scripts.html").write_text("<html><script>let word = 'word';</script></html>")
    (tmp_path / "zip.docx").write_bytes(zipped({"a.txt": b"text"}))
    (tmp_path / "bomb.docx").write_bytes(zipped({"word/document.xml": b"\0" * 20_000_000}))
    (tmp_path / "closed.txt").write_text("Closed.")
    (tmp_path / "closed.txt").chmod(0)

    read: list[str] = []
    skipped: dict[str, str] = {}
    for found in walk(tmp_path, LIMITS):
        items: Items = []
        if isinstance(found, Skipped):
            items = [found]
        else:
            try:
                with open_source(found, LIMITS) as stream:
                    items = list(read_documents(found, stream, LIMITS))
            except DocumentError as error:
                items = [Skipped(str(found.path), str(error))]
        read += [item.doc_id for item in items if isinstance(item, Document)]
        skipped |= {Path(i.path).name: i.reason for i in items if isinstance(i, Skipped)}

    if os.geteuid() == 0:  # root reads everything
        read.remove("closed.txt")
    else:
        assert skipped.pop("closed.txt") == "permission denied"
    assert sorted(read) == ["good.txt", "r1", "r2", "utf16.txt"]
    assert skipped.pop("broken.pdf").startswith("cannot be read as .pdf: ")
    assert skipped.pop("bomb.docx").startswith("unpacks to ")
    assert skipped.pop("records.jsonl:2").startswith("not JSON: ")
    assert skipped == {
        "empty.txt": "an empty file",
        "binary.txt": "a binary file",
        "latin1.txt": "not UTF-8 at byte 1: convert it with `iconv -f ENCODING -t UTF-8`",
        "long-line.txt": "47.7 MiB, over the limit of 32 MiB",
        "long-line.jsonl:1": "a line over the limit of 33,554,432 characters",
        "loop": "a link: links are not followed",
        "fifo.txt": "not a regular file",
        "scripts.html": "no article text found",
        "zip.docx": "a zip file, but not a Word document",
    }
