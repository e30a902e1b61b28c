"""Damaged index folders: the same answers, a refusal with advice, or a repair; never a wrong one.

`SEMSEARCH_DAMAGE=5000 pytest tests/indexing/test_damage.py` damages that many; 25 by default. The
folders are used in a process of their own, so that a crash inside SQLite is seen.
"""

import faulthandler
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch import IndexFolderError, Mode, SearchIndex, repair, verify
from tests.paths import SEEDS

CASES = int(os.environ.get("SEMSEARCH_DAMAGE", "25"))
QUERIES = [
    ("coalition contre Daech Maroc", Mode.HYBRID, ()),
    ("election results parliament", Mode.DENSE, ()),
    ("presidente gobierno", Mode.LEXICAL, ("es",)),
]
PAGE = 16384
HANG_SECONDS = 60


def make(folder: Path) -> Path:
    """An index of two generations over a few articles of each language, with its own sources."""
    news = folder / "news"
    for few in (slice(2), slice(2, 4)):
        for lang in ("en", "fr", "es", "ar", "de"):
            (news / lang).mkdir(parents=True, exist_ok=True)
            for path in sorted((SEEDS / lang).glob("*.txt"))[few]:
                shutil.copy(path, news / lang)
        SearchIndex.build([news], folder / "index").close()
    return folder / "index"


def answers(folder: Path) -> list[object]:
    """Everything that a user can learn from an index, except times."""
    with SearchIndex.open(folder) as index:
        found: list[object] = []
        for query, mode, langs in QUERIES:
            hits = index.search(query, 5, mode=mode, langs=langs).hits
            found += [replace(hit, score=round(hit.score, 5)) for hit in hits]
        status = index.status()
        found.append((status.articles, status.passages, status.languages))
        for doc_id in ("ar/hasad-qamh-tunis.txt", "en/chile-earthquake-ovalle.txt"):
            found.append(index.article(doc_id))
            found += [hit.doc_id for hit in index.similar(doc_id, 3).hits]
        return found


def harm(folder: Path, rng: random.Random) -> str:
    """Do one kind of damage to one file of an index folder; returns a description of it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    path = folder / "semsearch.db" if rng.random() < 0.6 else rng.choice(files)
    other = rng.choice(files)
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data))
    kind = rng.choice(
        ["bit", "bit", "bit", "bits", "sector", "cut", "lose", "swap", "copy", "page"]
    )
    if kind == "bit":
        data[at] ^= 1 << rng.randrange(8)
    elif kind == "bits":
        for _ in range(rng.randrange(2, 200)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "sector":
        data[at : at + 512] = bytes(len(data[at : at + 512]))
    elif kind == "cut":
        del data[at:]
    elif kind == "page":
        pages = max(1, len(data) // PAGE)
        a, b = rng.randrange(pages) * PAGE, rng.randrange(pages) * PAGE
        data[a : a + PAGE], data[b : b + PAGE] = data[b : b + PAGE], data[a : a + PAGE]
    elif kind == "swap":
        data, old = bytearray(other.read_bytes()), bytes(data)
        other.write_bytes(old)
    elif kind == "copy":
        data = bytearray(other.read_bytes())
    if kind == "lose":
        path.unlink()
    else:
        path.write_bytes(data)
    return f"{kind} {path.relative_to(folder)} at {at}, {other.relative_to(folder)}"


def told(error: IndexFolderError) -> str:
    """The name of an error, whose message must say what to do."""
    assert "semsearch" in str(error) or "Check that" in str(error), str(error)
    return type(error).__name__


def outcome(folder: Path, expected: list[object]) -> str:
    """What happens with a damaged folder. Raises AssertionError where it answers wrongly."""
    try:
        assert answers(folder) == expected, "a wrong answer"
        seen = "same answers"
    except IndexFolderError as error:
        seen = told(error)
    try:
        found = [damage.what for damage in verify(folder)]
    except IndexFolderError as error:
        found = [told(error)]
    assert found or seen == "same answers", "refused, but verify finds nothing"
    try:
        report = repair(folder)
    except IndexFolderError as error:
        return f"{seen}, no repair: {told(error)}"
    assert not list(verify(folder)), "damaged after the repair"
    assert not report.lost
    assert answers(folder) == expected, "a wrong answer after the repair"
    return f"{seen}, {'damaged' if found else 'nothing found'}, repaired"


def work(index: Path, first: int, cases: int) -> None:
    """Damage and use one folder after another, a line for each."""
    expected = answers(index)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    folder = index.with_name("damaged")
    for case in range(first, first + cases):
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        shutil.copytree(index, folder)
        done = harm(folder, random.Random(case))
        tell(f"case {case}: {done}")
        tell(f"= {outcome(folder, expected)}")
        shutil.rmtree(folder)
    faulthandler.cancel_dump_traceback_later()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after < 3 * before, f"{after} kB of memory, {before} kB with an intact index"
    tell(f"memory: {after / before:.2f} times that of an intact index")


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("damage"))


@pytest.mark.slow
def test_damage_is_never_answered_wrongly(index: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(index), "0", str(CASES)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(SEEDS.parent)},
    )
    assert done.returncode == 0, f"{done.stdout[-300:]}\n{done.stderr[-3000:]}"
    seen = Counter(line for line in done.stdout.splitlines() if line.startswith("="))
    assert sum(seen.values()) == CASES
    assert len(seen) > 1, seen


@pytest.fixture
def damaged(index: Path, tmp_path: Path) -> Path:
    """A copy whose articles 1 and 2 have changed."""
    folder = tmp_path / "index"
    shutil.copytree(index, folder)
    with sqlite3.connect(folder / "semsearch.db") as database:
        database.execute("UPDATE documents SET text = text || '.' WHERE id < 3")
    database.close()
    return folder


def test_verify_names_what_has_changed_and_repair_mends_it(index: Path, damaged: Path) -> None:
    assert not list(verify(index))
    assert [damage.what for damage in verify(damaged)] == [
        "the article 1 has changed",
        "the article 2 has changed",
    ]
    report = repair(damaged)
    assert (report.articles, report.lost, report.embedded) == (20, 0, 0)
    assert answers(damaged) == answers(index)
    assert (Path(report.set_aside) / "semsearch.db").exists()


def test_what_no_file_holds_any_more_is_named(damaged: Path, index: Path, tmp_path: Path) -> None:
    news = index.with_name("news")
    paths = {path: path.read_bytes() for path in (news / "ar").iterdir()}
    shutil.rmtree(news / "ar")
    try:
        report = repair(damaged)
    finally:
        (news / "ar").mkdir()
        for path, data in paths.items():
            path.write_bytes(data)
    assert (report.articles, report.lost) == (18, 2)
    assert report.lost_files == tuple(str(path) for path in sorted(paths)[:2])
    assert not list(verify(damaged))


@pytest.mark.parametrize("step", ["rename", "replace", "rmtree"])
def test_an_interrupted_repair_can_be_repeated(
    index: Path, damaged: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path if step != "rmtree" else shutil, step, interrupt)
        with pytest.raises(KeyboardInterrupt):
            repair(damaged)
    repair(damaged)
    assert not list(verify(damaged))
    assert answers(damaged) == answers(index)


def test_articles_in_a_wrong_place_of_the_database_are_read_again(
    index: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(index, folder)
    data = bytearray((folder / "semsearch.db").read_bytes())
    with sqlite3.connect(folder / "semsearch.db") as database:
        texts = database.execute("SELECT text FROM documents ORDER BY id").fetchall()
    database.close()
    first, last = (data.find(texts[at][0][:60].encode()) // PAGE * PAGE for at in (0, -1))
    assert 0 < first != last > 0
    data[first : first + PAGE], data[last : last + PAGE] = (
        data[last : last + PAGE],
        data[first : first + PAGE],
    )
    (folder / "semsearch.db").write_bytes(data)
    assert list(verify(folder))
    assert repair(folder).lost == 0
    assert answers(folder) == answers(index)


def test_nothing_is_replaced_by_less_when_the_folders_are_not_known(damaged: Path) -> None:
    with sqlite3.connect(damaged / "semsearch.db") as database:
        database.execute("UPDATE roots SET path = path || '.'")
    database.close()
    before = (damaged / "semsearch.db").read_bytes()
    with pytest.raises(IndexFolderError, match=r"lost 2 of 20 articles.*semsearch index PATH"):
        repair(damaged)
    assert (damaged / "semsearch.db").read_bytes() == before
    assert not list(damaged.glob("damaged-*"))


def test_a_damaged_word_index_is_not_used_and_made_again(index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(index, folder)
    for path in (folder / "lexical" / "2" / "fr").glob("*.words2"):
        path.write_bytes(bytes(path.stat().st_size))
    assert answers(folder) == answers(index)
    assert "of the word index has changed" in next(verify(folder)).what
    report = repair(folder)
    assert report.set_aside == ""
    assert not list(verify(folder))


def test_the_command_line_tells_what_to_do(damaged: Path) -> None:
    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "semsearch", command, "--index", str(damaged)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(SEEDS.parent)},
        )

    found = run("verify")
    assert found.returncode == 3
    assert found.stdout.splitlines()[0] == (
        f"the article 1 has changed. Run `semsearch repair --index {damaged}`."
    )
    mended = run("repair")
    assert mended.returncode == 0
    assert mended.stdout.startswith("whole again: 20 articles, ")
    clean = run("verify")
    assert (clean.returncode, clean.stdout) == (0, "nothing is wrong\n")


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
