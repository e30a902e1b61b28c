"""Hostile queries and files: no crash, and no control character on the terminal."""

import os
import random
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path

import pytest

from semsearch import InputError, Mode, SearchIndex
from tests.paths import ROOT

QUERIES = 1000
PARTS = [
    '"', "'", "NEAR(", "NEAR/3", "*", "(", ")", "[", "]", "{", "AND", "OR", "NOT", "text:",
    "chunk:",
    "+", "-", "^2", "~", "\\", ";", "--", "DROP TABLE files", "%", "_", "\0", "\x1b[31m",
    "\x1b]0;x\x07",
    "\ud800", "\udfff", "\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041", "\r", "\n", "\t",
    "../",
    "<script>", "flood", "inondation", "الفيضان", "洪水", "น้ำท่วม", "é" * 50, "a" * 5000, "🌊",
]  # fmt: skip
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eexe.txt\u2066"
ALLOWED = {"\n"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of a hundred hostile files and one article."""
    root = tmp_path_factory.mktemp("hostile")
    news = root / "news"
    news.mkdir()
    text = "The flood reached the old town on Monday. Many houses stood in water."
    (news / "flood.txt").write_text(f"River floods the town\n\n{text}", encoding="utf-8")
    rng = random.Random(5)
    for number in range(30):
        noise = "".join(rng.choices(PARTS, k=40)).encode("utf-8", "replace").decode()
        (news / f"noise{number}.txt").write_text(f"flood {noise}\n\n{text} {noise}", "utf-8")
    for number in range(20):
        (news / f"binary{number}.txt").write_bytes(rng.randbytes(3000))
        (news / f"binary{number}.{rng.choice(['pdf', 'docx', 'csv'])}").write_bytes(
            rng.randbytes(999)
        )
    (news / f"name{ESCAPES}.txt").write_text(f"flood {ESCAPES}\n\n{text}{ESCAPES}", "utf-8")
    (news / os.fsdecode(b"not\xff\xfeutf8.txt")).write_bytes(b"A flood of bytes. " * 9)
    for number in range(10):
        script = f"<title>flood{ESCAPES}</title><script>alert({number})</script><p>{text}"
        (news / f"page{number}.html").write_text(script, "utf-8")
    (news / "deep.html").write_text("<div>" * 20_000 + text, "utf-8")
    (news / "deep.jsonl").write_text("[" * 50_000, "utf-8")
    (news / "line.txt").write_text("flood " * 200_000, "utf-8")
    (news / "empty.txt").touch()
    (news / "link.txt").symlink_to("/etc/passwd")
    (news / "up").symlink_to("/etc")
    (news / "loop").symlink_to(".")
    with zipfile.ZipFile(news / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", b"\0" * 20_000_000)
    for number in range(10):
        line = f'{{"id": "{number}\\u001b[31m", "title": "\\u202eflood", "text": "{text}"}}\n'
        (news / f"feed{number}.jsonl").write_text(line, "utf-8")
    assert len(list(news.iterdir())) >= 100
    done = run("index", str(news), "--index", str(root / "index"), "--model", "fast")
    assert done.returncode == 0, done.stderr
    assert_safe(done)
    return root / "index"


def run(*arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "semsearch", *arguments],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def assert_safe(done: subprocess.CompletedProcess[bytes]) -> None:
    """Neither stream holds a control character, or one that turns the direction of text."""
    for text in (done.stdout.decode(), done.stderr.decode()):
        assert "Traceback" not in text
        turning = {"\u202e", "\u2066"} & set(text)
        controls = {c for c in text if unicodedata.category(c) == "Cc"} - ALLOWED
        assert not turning | controls


def test_hostile_queries_are_answered(folder: Path) -> None:
    rng = random.Random(7)
    with SearchIndex.open(folder) as index:
        for number in range(QUERIES):
            query = rng.choice([" ", ""]).join(rng.choices(PARTS, k=rng.randrange(1, 12)))
            mode = list(Mode)[number % 3]
            if not query.strip():
                with pytest.raises(InputError, match="the query is empty"):
                    index.search(query, 3, mode=mode)
                continue
            hits = index.search(query, 3, mode=mode, passages=number % 2 == 0).hits
            assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert index.search("flood " * 10_000, 1).hits
        assert "flood" in index.search('"flood" AND NEAR(town*', 1).hits[0].text


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "flood", "-k", "100"],
        ["search", '"flood" NEAR( *', "--passages", "-k", "100"],
        ["search", b"flood \xff\xfe"],
        ["search", "\x1b[31m\u202e flood"],
        ["show", "page1.html"],
        ["show", f"name{ESCAPES}.txt"],
        ["show", f"none{ESCAPES}"],
        ["similar", "flood.txt", "-k", "100"],
        ["status"],
        ["verify"],
    ],
    ids=lambda value: str(value[0]),
)
def test_nothing_reaches_the_terminal_unescaped(folder: Path, arguments: list[str | bytes]) -> None:
    done = run(*arguments, "--index", str(folder))
    assert done.returncode in (0, 2)
    assert_safe(done)


def test_nothing_outside_the_folder_is_indexed(folder: Path) -> None:
    with SearchIndex.open(folder) as index:
        hits = index.search("root bin bash nobody daemon", 100).hits
    assert hits
    assert not [hit.path for hit in hits if "passwd" in hit.path or "root:x:0" in hit.text]


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    program = """
import sys
sys.addaudithook(lambda event, _: sys.exit(event) if event == "pickle.find_class" else None)
import semsearch
index = semsearch.SearchIndex.build([sys.argv[1]], sys.argv[2])
print(index.search("flood").hits[0].doc_id)
"""
    (tmp_path / "flood.txt").write_text("The flood reached the old town on Monday.", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "flood.txt"), str(tmp_path / "index")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout) == (0, "flood.txt\n"), done.stderr
