"""`semsearch search` with a server and without one: the same to the letter, whatever happens."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from semsearch import Mode, Request, SearchIndex, SearchResult
from semsearch.benchmarking.dataset_files import read_queries
from semsearch.client.exchange import ask
from semsearch.client.sockets import is_private, peer_is_owner, socket_path
from semsearch.request import Similar
from tests.paths import ROOT, SEEDS
from tests.server import PATIENCE, index, run, server

QUERY = "coalition contre Daech"
CASES = [
    ("search", QUERY),
    ("search", QUERY, "--json"),
    ("search", QUERY, "--jsonl", "-k", "3"),
    ("search", "الهزات الأرضية", "--json", "--lang", "es,fr", "-k", "50"),
    ("search", "taux directeur", "--json", "--mode", "lexical"),
    ("search", "inflation", "--json", "--mode", "dense", "--passages", "-k", "1000"),
    ("search", "a\u2028b \x1b[31m", "--json"),
    ("search", b"\xff caf\xc3\xa9", "--json"),
    ("search", "qqqzzz", "--mode", "lexical", "--json"),
    ("search", "qqqzzz", "--mode", "lexical"),
    ("search", QUERY, "--explain", "--jsonl"),
    ("search", QUERY, "--all-copies", "--json"),
    ("search", QUERY, "--explain", "--min-relevance", "0.5"),
    ("search", "how to prune tomato plants in a greenhouse"),
    ("search", "how to prune tomato plants in a greenhouse", "--json"),
    ("search", "x", "--min-relevance", "2"),
    ("search", " "),
    ("search", "x", "--json", "--jsonl"),
    ("similar", "fr/coalition-washington.txt"),
    ("similar", "fr/coalition-washington.txt", "--json", "--lang", "ar,en"),
    ("similar", "seeds/fr/coalition-washington.txt", "--jsonl"),
    ("similar", "fr/coalition-washington.txt", "--json", "--per-lang", "1"),
    ("search", QUERY, "--json", "--path", "seeds/fr/**", "--since", "2019"),
    ("search", QUERY, "--json", "--where", "site=nowhere"),
    ("search", QUERY, "--since", "last week"),
    ("similar", "no-such-article"),
]


def same_but_for_timings(output: bytes) -> bytes:
    return re.sub(rb'"timings_ms": \{[^}]*\}', b"", output)


def asks_the_server(folder: Path, *question: str) -> bool:
    """Whether a search is answered without loading what an answer takes."""
    done = run(*(question or ("search", QUERY)), "--index", folder, python=("-X", "importtime"))
    assert done.returncode == 0, done.stderr
    return not re.search(rb"\b(numpy|faiss|Stemmer|sqlite3)\b", done.stderr)


def question(query: str = QUERY) -> Request:
    return Request(query)


def first(folder: Path, query: str) -> str | None:
    result = ask(folder, question(query))
    return result.hits[0].doc_id if result else None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving") / "index"
    index(SEEDS, "--index", folder, "--model", "fast")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "index"))


@pytest.fixture(scope="module")
def alone(made: Path) -> dict[tuple[str | bytes, ...], subprocess.CompletedProcess[bytes]]:
    return {case: run(*case, "--index", made, cwd=ROOT) for case in CASES}


@pytest.fixture(scope="module")
def served(made: Path, alone: object) -> Iterator[Path]:
    with server(made, "--no-http"):
        yield made


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(map(ascii, case)))
def test_the_command_line_answers_the_same_to_the_letter(
    alone: dict[tuple[str | bytes, ...], subprocess.CompletedProcess[bytes]],
    served: Path,
    case: tuple[str | bytes, ...],
) -> None:
    expected, found = alone[case], run(*case, "--index", served, cwd=ROOT)
    assert (found.returncode, found.stderr) == (expected.returncode, expected.stderr)
    assert same_but_for_timings(found.stdout) == same_but_for_timings(expected.stdout)


def test_the_cases_are_of_every_exit_code(
    alone: dict[tuple[str | bytes, ...], subprocess.CompletedProcess[bytes]],
) -> None:
    assert {done.returncode for done in alone.values()} == {0, 1, 2}
    assert sum(len(done.stdout) > 1000 for done in alone.values()) >= 8


@pytest.mark.parametrize("mode", Mode)
def test_every_field_of_every_hit_is_the_same(served: Path, mode: Mode) -> None:
    opened = SearchIndex.open(served)
    for query in read_queries(SEEDS / "queries.jsonl").values():
        request = Request(query, mode=mode, langs=["fr", "ar", "en"])
        found = ask(served, request)
        assert isinstance(found, SearchResult)
        assert replace(found, timings_ms={}) == replace(opened.answer([request])[0], timings_ms={})


def test_search_and_similar_load_nothing_of_what_an_answer_takes(served: Path) -> None:
    assert asks_the_server(served)
    assert asks_the_server(served, "similar", "fr/coalition-washington.txt")


def test_the_server_is_found_from_any_folder_by_any_name_of_the_index(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(served)
    monkeypatch.chdir(tmp_path)
    assert asks_the_server(Path("link"))
    assert asks_the_server(Path(os.path.relpath(served)))
    done = run("search", QUERY, cwd=tmp_path, env={"SEMSEARCH_INDEX": "link"})
    assert done.stdout == run("search", QUERY, "--index", served, cwd=tmp_path).stdout
    assert b"seeds/fr/" in done.stdout


def test_a_relative_path_is_one_of_the_client(served: Path, tmp_path: Path) -> None:
    name = "coalition-washington.txt"
    found = ask(served, Similar(name, base=str(SEEDS / "fr")))
    assert found is not None
    assert found.query == "Lutte contre Daech : Rabat présent à la table de Washington"
    assert ask(served, Similar(name, base=str(tmp_path))) is None
    assert ask(served, Similar(f"fr/{name}", base=str(tmp_path))) is not None


def test_only_the_owner_can_reach_the_socket(served: Path) -> None:
    path = socket_path(served)
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.parent.stat().st_uid == os.geteuid()


def test_a_folder_that_others_can_enter_or_replace_is_not_private(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "private").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "private")
    assert [is_private(tmp_path / name) for name in ("private", "open", "link")] == [1, 0, 0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("stranger", ["server", "client"])
def test_another_user_is_known_from_either_end(stranger: str) -> None:
    with (
        TemporaryDirectory() as folder,  # others cannot enter what is above pytest's
        closing(socket.socket(socket.AF_UNIX)) as listening,
        closing(socket.socket(socket.AF_UNIX)) as client,
    ):
        path = f"{folder}/socket"
        listening.bind(path)
        try:
            os.seteuid(65534 if stranger == "server" else 0)
            listening.listen()
        finally:
            os.seteuid(0)
        Path(folder).chmod(0o755)
        Path(path).chmod(0o666)
        try:
            os.seteuid(65534 if stranger == "client" else 0)
            client.connect(path)
        finally:
            os.seteuid(0)
        accepted, _ = listening.accept()
        with accepted:
            assert peer_is_owner(client) == (stranger != "server")
            assert peer_is_owner(accepted) == (stranger != "client")


def test_a_second_server_says_so(served: Path) -> None:
    done = run("serve", "--index", served, "--no-http")
    assert (done.returncode, done.stdout) == (3, b"")
    assert re.search(rb"another process serves the index in ", done.stderr)
    assert asks_the_server(served)


def test_there_is_nothing_to_serve_without_an_index(tmp_path: Path) -> None:
    done = run("serve", "--index", tmp_path, "--no-http")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"there is no index in" in done.stderr


@pytest.mark.parametrize(("number", "code", "said"), [
    (signal.SIGTERM, 0, b""), (signal.SIGINT, 130, b"semsearch: interrupted\n"),
])  # fmt: skip
def test_a_signal_ends_it_and_leaves_no_socket(
    folder: Path, number: signal.Signals, code: int, said: bytes
) -> None:
    with server(folder, "--no-http") as (process, line):
        assert str(folder) in line
        assert socket_path(folder).exists()
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
        assert process.stderr is not None
        assert process.stderr.read() == said
    assert not socket_path(folder).exists()


def test_a_killed_server_is_not_missed_and_a_new_one_takes_its_place(folder: Path) -> None:
    with server(folder, "--no-http") as (process, _):
        process.kill()
        process.wait(PATIENCE)
    assert socket_path(folder).exists()
    done = run("search", QUERY, "--index", folder)
    assert (done.returncode, done.stderr) == (0, b"")
    with server(folder, "--no-http"):
        assert asks_the_server(folder)


def test_a_server_that_hangs_is_not_waited_for(folder: Path) -> None:
    with server(folder, "--no-http") as (process, _):
        process.send_signal(signal.SIGSTOP)
        assert ask(folder, question()) is None
        done = run("search", QUERY, "--index", folder)
        assert (done.returncode, done.stderr) == (0, b"")
        process.send_signal(signal.SIGCONT)
        assert asks_the_server(folder)


def test_what_is_committed_is_seen_at_once(folder: Path, tmp_path: Path) -> None:
    with server(folder, "--no-http"):
        assert first(folder, "Zebrafinken in Wuppertal") != "zebra.txt"
        (tmp_path / "more").mkdir()
        (tmp_path / "more/zebra.txt").write_text("Zebrafinken in Wuppertal\n\nSie singen.")
        index(tmp_path / "more", "--index", folder)
        assert first(folder, "Zebrafinken in Wuppertal") == "zebra.txt"
        assert run("remove", "zebra.txt", "--index", folder).returncode == 0
        assert first(folder, "Zebrafinken in Wuppertal") not in ("zebra.txt", None)


def test_an_index_made_anew_in_the_same_place_is_seen(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news/only.txt").write_text("The only article\n\nThere is no other.")
    with server(folder, "--no-http"):
        assert first(folder, QUERY) != "only.txt"
        shutil.rmtree(folder)
        done = run("search", QUERY, "--index", folder)
        assert done.returncode == 3
        assert b"there is no index in" in done.stderr
        index(tmp_path / "news", "--index", folder)
        assert first(folder, QUERY) == "only.txt"
        assert asks_the_server(folder, "search", "only article", "--mode", "lexical")


def test_damage_is_reported_as_without_a_server_until_it_is_repaired(folder: Path) -> None:
    with server(folder, "--no-http"):
        database = folder / "semsearch.db"
        data = bytearray(database.read_bytes())
        place = data.index(b"Daech")
        data[place : place + 5] = b"Xaech"
        database.write_bytes(data)
        before = run("verify", "--index", folder)
        assert before.returncode == 3
        damaged = run("search", QUERY, "-k", "68", "--index", folder)
        assert damaged.returncode == 3
        assert b"semsearch repair" in damaged.stderr
        assert run("repair", "--index", folder).returncode == 0
        assert asks_the_server(folder)
        assert run("verify", "--index", folder).returncode == 0


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00\xff\n",
        b"{}",
        b"[" * 100_000,
        b'{"query": "x", "no_such_option": 1}',
        b'{"query": "x", "k": "3"}',
        b'{"query": "x", "k": 0}',
        b'{"query": "x", "mode": ["dense"]}',
        b'{"query": "' + b"x" * (2 << 20) + b'"}',
    ],
    ids=lambda sent: ascii(sent[:40]),
)
def test_what_is_no_question_is_not_answered_and_does_no_harm(served: Path, sent: bytes) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(socket_path(served)))
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) in (b"\n", b"")
            assert connection.recv(100) == b""
        except (BrokenPipeError, ConnectionResetError):
            assert len(sent) > 1 << 20
    assert ask(served, question()) is not None


def test_clients_that_hang_up_or_say_nothing_do_no_harm(folder: Path) -> None:
    path = str(socket_path(folder))
    with server(folder, "--no-http") as (process, _):
        for sent in [b'{"query": "x"}', b"{}", b"{"] * 20:
            with closing(socket.socket(socket.AF_UNIX)) as connection:
                connection.connect(path)
                connection.sendall(sent)
        with ExitStack() as stack:
            for _ in range(40):  # more than it answers at a time
                stack.enter_context(closing(socket.socket(socket.AF_UNIX))).connect(path)
            assert run("search", QUERY, "--index", folder).returncode == 0
        end = time.monotonic() + PATIENCE
        while ask(folder, question()) is None:
            assert time.monotonic() < end
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_many_clients_at_once_each_get_their_own_answer(served: Path) -> None:
    opened = SearchIndex.open(served)
    queries = list(read_queries(SEEDS / "queries.jsonl").values())[:60]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda query: ask(served, question(query)), queries))
    assert all(found)
    for query, result in zip(queries, found, strict=True):
        assert result is not None
        assert (result.query, result.hits) == (query, opened.search(query).hits)


def test_the_same_json_for_programs_in_a_locale_without_unicode(served: Path) -> None:
    done = run("search", QUERY, "--json", "--index", served, env={"LC_ALL": "C"})
    assert json.loads(done.stdout)["query"] == QUERY


@pytest.mark.parametrize("reply", [b"", b"\n", b"\n{", b"\n[]", b'\n{"query": "x"}', b"\n\xff"])
def test_an_answer_that_is_none_is_not_taken_for_one(folder: Path, reply: bytes) -> None:
    path = socket_path(folder)
    path.parent.mkdir(mode=0o700, exist_ok=True)

    def answer_once() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(reply)
            while connection.recv(65536):
                pass

    with closing(socket.socket(socket.AF_UNIX)) as listening, ThreadPoolExecutor() as pool:
        listening.bind(str(path))
        try:
            listening.listen()
            answering = pool.submit(answer_once)
            assert ask(folder, question()) is None
            answering.result(PATIENCE)
        finally:
            path.unlink()
