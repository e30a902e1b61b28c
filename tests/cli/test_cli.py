"""The command line as a user meets it: what is printed where, and the exit codes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from semsearch.cli import app
from semsearch.store import Writer
from semsearch.types import Mode
from tests.paths import ROOT

ARTICLES = {
    "en/summit.txt": "Coalition ministers meet in Washington\n\n"
    "Ministers of the coalition against Daesh met in Washington on Thursday. "
    "Morocco promised to train police officers in West Africa.",
    "fr/maroc.txt": "Le Maroc et la coalition\n\n"
    "Le Maroc a participé à Washington à la réunion de la coalition contre Daech. "
    "Le ministre a parlé de l’Afrique.",
    "ar/ijtima.txt": "المغرب في اجتماع التحالف\n\n"
    "شارك المغرب في واشنطن في اجتماع التحالف الدولي ضد داعش. وتحدث الوزير عن إفريقيا.",
    "de/zug.txt": "Neue Züge für Sachsen\n\nDie Bahn kauft dreißig neue Züge für Sachsen. "
    "Sie fahren ab Mai zwischen Leipzig und Dresden.",
    "zh/a b.txt": "摩洛哥参加会议\n\n"
    "摩洛哥外交大臣周四在华盛顿出席了反恐联盟会议。他表示支持非洲。",
}
COMMANDS = (
    "index", "remove", "reindex", "watch", "search", "similar", "serve", "show", "status",
    "verify", "repair", "models", "train", "bench",
)  # fmt: skip


def run(
    *arguments: str | bytes, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    variables = {name: value for name, value in os.environ.items() if name != "SEMSEARCH_INDEX"}
    variables["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, "-m", "semsearch", *arguments],
        input=stdin,
        capture_output=True,
        env=variables | (env or {}),
        check=False,
    )


def lines(data: bytes) -> list[str]:
    return data.decode().splitlines()


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "news"
    for name, text in ARTICLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "empty.txt").touch()
    return folder


@pytest.fixture(scope="module")
def index(news: Path) -> str:
    folder = str(news.parent / "index")
    done = run("index", str(news), "--index", folder)
    assert done.returncode == 0, done.stderr
    assert lines(done.stdout)[0].startswith("5 articles, 5 passages in ")
    assert lines(done.stdout)[1].endswith("; 5 passages embedded")
    assert str(news / "empty.txt") in done.stdout.decode()
    assert done.stderr == b""
    return folder


def test_search_prints_hits_on_stdout_and_nothing_else(index: str) -> None:
    done = run("search", "coalition contre Daech", "-k", "2", "--index", index)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len([line for line in lines(done.stdout) if line[:1] in ("1", "2")]) == 2
    assert b"\x1b" not in done.stdout


def test_a_hit_has_two_lines_unless_it_is_asked_for_in_full(index: str, news: Path) -> None:
    asked = ("search", "Maroc Afrique ministre", "-k", "1", "--lang", "fr", "--index", index)
    assert (
        lines(run(*asked).stdout)[1]
        == f"   {news}/fr/maroc.txt:3  Le ministre a parlé de l’Afrique."
    )
    assert "réunion de la coalition" in run(*asked, "--full").stdout.decode()
    similar = run("similar", "fr/maroc.txt", "--lang", "en", "--full", "--index", index)
    assert "Morocco promised to train police" in lines(similar.stdout)[2]


def test_json_is_one_object_and_offsets_are_exact(index: str, news: Path) -> None:
    done = run("search", "اجتماع التحالف", "--json", "--index", index)
    answer = json.loads(done.stdout)
    assert list(answer) == ["query", "mode", "hits", "timings_ms"]
    assert (answer["query"], answer["mode"]) == ("اجتماع التحالف", "hybrid")
    assert [hit["rank"] for hit in answer["hits"]] == list(range(1, len(answer["hits"]) + 1))
    first = answer["hits"][0]
    assert (
        " ".join(first)
        == "rank score relevance doc_id path title lang start end text highlights matches similar"
    )
    assert (first["doc_id"], first["path"]) == ("ar/ijtima.txt", str(news / "ar/ijtima.txt"))
    assert first["end"] - first["start"] == len(first["text"])


def test_jsonl_is_a_hit_a_line_and_languages_are_kept_to(index: str) -> None:
    done = run("search", "Washington", "--lang", "français, EN", "--jsonl", "--index", index)
    hits = [json.loads(line) for line in lines(done.stdout)]
    assert {hit["lang"] for hit in hits} == {"fr", "en"}


def test_the_query_can_come_from_standard_input(index: str) -> None:
    done = run("search", "-", "--json", "--index", index, stdin="Züge Sachsen\n".encode())
    answer = json.loads(done.stdout)
    assert answer["query"] == "Züge Sachsen"
    assert answer["hits"][0]["doc_id"] == "de/zug.txt"


@pytest.mark.parametrize("mode", [mode.value for mode in Mode])
def test_every_mode_answers(index: str, mode: str) -> None:
    done = run("search", "Züge für Sachsen", "--mode", mode, "--json", "--index", index)
    answer = json.loads(done.stdout)
    assert (answer["mode"], answer["hits"][0]["doc_id"]) == (mode, "de/zug.txt")


def test_nothing_found_is_exit_code_1(index: str) -> None:
    found = run("search", "qqqzzz", "--mode", "lexical", "--json", "--index", index)
    assert (found.returncode, found.stderr) == (1, b"semsearch: nothing found\n")
    assert json.loads(found.stdout)["hits"] == []
    similar = run("similar", "de/zug.txt", "--lang", "sw", "--index", index)
    assert (similar.returncode, similar.stdout) == (1, b"")


def test_a_phrase_and_an_exclusion_are_kept_to(index: str) -> None:
    def found(*query: str) -> list[str]:
        result = run("search", *query, "--index", index, "--jsonl")
        return [json.loads(line)["doc_id"] for line in lines(result.stdout)]

    assert found('coalition "Morocco promised"') == ["en/summit.txt"]
    assert found("Leip*") == ["de/zug.txt"]
    assert "fr/maroc.txt" not in found("coalition -maroc")
    assert "fr/maroc.txt" not in found("coalition", "--", "-maroc")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ('"trains neufs" "Morocco promised"', 'contains "trains neufs" and "Morocco promised"; '),
        ("Münch*", "contains Münch*; leave out"),
        ("-car", "the query only says what to leave out"),
    ],
)
def test_where_no_article_has_the_wording_it_is_said(index: str, query: str, reason: str) -> None:
    result = run("search", "--index", index, "--", query)
    assert (result.returncode, result.stdout) == (1, b"")
    assert reason in result.stderr.decode()


def test_queries_of_a_file_have_no_syntax(index: str, tmp_path: Path) -> None:
    queries = [{"_id": "1", "text": '"trains neufs" -coalition'}]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    result = run("search", "--queries", str(tmp_path / "q.jsonl"), "--trec", "-", "--index", index)
    assert len(lines(result.stdout)) == len(ARTICLES)


def test_hits_of_little_relevance_are_left_out_unless_asked_for(index: str) -> None:
    asked = ("search", "Züge für Sachsen", "--all-copies", "--jsonl", "--index", index)
    every = [json.loads(line) for line in lines(run(*asked, "--min-relevance", "0").stdout)]
    assert len(every) == 5
    assert lines(run(*asked).stdout) == lines(run(*asked, "--min-relevance", "0").stdout)
    for minimum in (0.5005, 0.9995):
        options = ("--min-relevance", str(minimum))
        kept = [json.loads(line) for line in lines(run(*asked, *options).stdout)]
        expected = [hit["doc_id"] for hit in every if hit["relevance"] >= minimum]
        assert [hit["doc_id"] for hit in kept] == expected
        assert [hit["rank"] for hit in kept] == list(range(1, len(kept) + 1))


def test_where_nothing_is_relevant_the_best_hit_is_named(index: str) -> None:
    asked = ("search", "recette de crêpes au beurre salé", "--index", index)
    (best, *_) = lines(run(*asked, "--min-relevance", "0", "--jsonl").stdout)
    done = run(*asked)
    assert (done.returncode, done.stdout) == (1, b"")
    (told,) = lines(done.stderr)
    hit = json.loads(best)
    assert told.startswith(f"semsearch: nothing relevant found; the nearest is {hit['title']!r}, ")
    assert told.endswith(": --min-relevance 0 shows it")
    shown = json.loads(run(*asked, "--json").stdout)
    assert shown["hits"] == []
    assert run(*asked, "--min-relevance", "1.5").returncode == 2
    assert run(*asked, "--min-relevance", "nan").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search"], "no QUERY"),
        (["search", " "], "the query is empty"),
        (["search", "x", "-k", "0"], "-k"),
        (["search", "x", "--mode", "magic"], "--mode"),
        (["search", "x", "--lang", "frensh"], "'frensh': did you mean French (fr)"),
        (["search", "x", "--lang", "fr,,ar"], "there is no language ''"),
        (["similar", "de/zug.txt", "--lang", "xx"], "there is no language 'xx'"),
        (["search", "x", "--json", "--jsonl"], "--json and --jsonl"),
        (
            ["search", "--queries", __file__, "--trec", "-", "--like", "x"],
            "leave out QUERY, --like",
        ),
        (["search", "--trec", "out"], "--queries and --trec go together"),
        (["search", "--queries", "/no/such/file", "--trec", "out"], "/no/such/file"),
        (["similar", "no-such-article"], "no-such-article"),
        (["show", b"\xff\x1b[31m"], "holds no article"),
        (["index", "/no/such/folder"], "/no/such/folder"),
        (["search", "x", "--index", b"\xff"], "UTF-8"),
        (["serach"], "search"),
        ([], "Usage"),
    ],
)
def test_wrong_input_is_exit_code_2(
    index: str, arguments: Sequence[str | bytes], message: str
) -> None:
    done = run(*arguments, env={"SEMSEARCH_INDEX": index})
    assert done.returncode == 2
    assert message in (done.stderr + done.stdout * (arguments == [])).decode()
    assert b"Traceback" not in done.stderr
    assert b"\x1b" not in done.stderr


def test_a_missing_index_is_exit_code_3(tmp_path: Path) -> None:
    for command in (["search", "x"], ["similar", "x"], ["show", "x"], ["status"]):
        done = run(*command, "--index", str(tmp_path / "none"))
        assert (done.returncode, done.stdout) == (3, b"")
        assert len(lines(done.stderr)) == 1
        assert lines(done.stderr)[0].startswith("semsearch: ")


def test_an_index_that_is_being_written_is_exit_code_3(index: str, news: Path) -> None:
    writer = Writer(Path(index))
    try:
        done = run("index", str(news), "--index", index)
        assert (done.returncode, done.stdout) == (3, b"")
        assert run("search", "Daech", "--index", index).returncode == 0
    finally:
        writer.close()


def test_a_damaged_index_is_exit_code_3(index: str, tmp_path: Path) -> None:
    damaged = tmp_path / "index"
    shutil.copytree(index, damaged)
    for path in damaged.iterdir():
        if path.suffix == ".db":
            path.write_bytes(b"\0" * path.stat().st_size)
    done = run("search", "Daech", "--index", str(damaged))
    assert (done.returncode, done.stdout) == (3, b"")
    assert len(lines(done.stderr)) == 1


def test_a_query_that_is_not_utf8_is_answered(index: str) -> None:
    done = run("search", b"Z\xfcge Sachsen", "--json", "--index", index)
    assert json.loads(done.stdout)["query"] == "Z\ufffdge Sachsen"


def test_the_flag_beats_the_environment_beats_the_default(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    missing = str(tmp_path / "missing")
    assert run("status", env={"SEMSEARCH_INDEX": index}).returncode == 0
    assert run("status", "--index", index, env={"SEMSEARCH_INDEX": missing}).returncode == 0
    assert run("status", "--index", missing, env={"SEMSEARCH_INDEX": index}).returncode == 3
    assert "no index in index" in run("status").stderr.decode()
    (tmp_path / "index").symlink_to(index)
    assert run("status").returncode == 0


def queries_file(folder: Path, *records: object) -> str:
    path = folder / "queries.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return str(path)


def test_a_run_has_six_columns_and_falling_scores(index: str, tmp_path: Path) -> None:
    asked = queries_file(
        tmp_path, {"_id": "q 1", "text": "摩洛哥"}, {"_id": 2, "text": "Maroc coalition"}
    )
    out = tmp_path / "run.trec"
    done = run("search", "--queries", asked, "--trec", str(out), "-k", "3", "--index", index)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    rows = [line.split() for line in out.read_text().splitlines()]
    assert {len(row) for row in rows} == {6}
    assert [row[0] for row in rows] == ["q%201"] * 3 + ["2"] * 3
    assert rows[0][2] == "zh/a%20b.txt"
    assert [row[3] for row in rows] == ["1", "2", "3"] * 2
    assert {(row[1], row[5]) for row in rows} == {("Q0", "semsearch")}
    for group in (rows[:3], rows[3:]):
        scores = [float(row[4]) for row in group]
        assert scores == sorted(scores, reverse=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["queries.jsonl", "run.trec"]


def test_a_run_can_go_to_standard_output(index: str, tmp_path: Path) -> None:
    asked = queries_file(tmp_path, {"_id": "q1", "text": "Züge"})
    done = run("search", "--queries", asked, "--trec", "-", "--lang", "de", "--index", index)
    assert lines(done.stdout)[0].startswith("q1 Q0 de/zug.txt 1 ")
    assert len(lines(done.stdout)) == 1


@pytest.mark.parametrize("second", [{"_id": "q1", "text": "again"}, {"_id": "q2"}, "text"])
def test_a_bad_line_of_queries_is_named_and_nothing_is_written(
    index: str, tmp_path: Path, second: object
) -> None:
    asked = queries_file(tmp_path, {"_id": "q1", "text": "x"}, second)
    out = tmp_path / "run.trec"
    done = run("search", "--queries", asked, "--trec", str(out), "--index", index)
    assert done.returncode == 2
    assert "queries.jsonl:2:" in done.stderr.decode()
    assert not out.exists()


def test_a_run_is_of_articles(index: str, tmp_path: Path) -> None:
    asked = queries_file(tmp_path, {"_id": "q1", "text": "x"})
    done = run("search", "--queries", asked, "--trec", "-", "--passages", "--index", index)
    assert (done.returncode, done.stdout) == (2, b"")


def test_similar_takes_a_path_or_an_id(index: str, news: Path) -> None:
    by_id = run("similar", "fr/maroc.txt", "--jsonl", "--index", index)
    by_path = run("similar", str(news / "fr/maroc.txt"), "--jsonl", "--index", index)
    assert by_id.stdout == by_path.stdout
    found = [json.loads(line)["doc_id"] for line in lines(by_id.stdout)]
    assert sorted([*found, "fr/maroc.txt"]) == sorted(ARTICLES)


def test_show_prints_the_article_with_its_passages(index: str) -> None:
    done = run("show", "de/zug.txt", "--index", index)
    assert done.returncode == 0
    assert "── passage 1 · " in done.stdout.decode()
    assert "Sie fahren ab Mai zwischen Leipzig und Dresden." in done.stdout.decode()


def test_status_tells_what_the_index_holds(index: str) -> None:
    status = json.loads(run("status", "--json", "--index", index).stdout)
    assert (status["articles"], status["passages"], status["tokens_lost"]) == (5, 5, 0)
    assert sum(status["languages"].values()) == 5
    assert "tokens lost  0" in run("status", "--index", index).stdout.decode()


def test_models_lists_those_in_the_package_the_default_first() -> None:
    listed = json.loads(run("models", "--json").stdout)
    here = [model for model in listed if model["on_this_machine"]]
    assert [model["name"] for model in here][:2] == ["multilingual", "fast"]
    assert "the default" in here[0]["note"]
    assert list(listed[0]) == [
        *("name", "where", "size_bytes", "on_this_machine", "note"),
        *("across_languages", "passages_per_second"),
    ]
    assert here[0]["across_languages"] > here[1]["across_languages"]


def test_models_measures_those_in_the_package_when_asked() -> None:
    slow, fast = json.loads(run("models", "--json", "--speed").stdout)
    assert (slow["name"], fast["name"]) == ("multilingual", "fast")
    assert 0 < slow["passages_per_second"] < fast["passages_per_second"]


def test_a_reader_that_has_enough_is_no_error(index: str) -> None:
    command = f"{sys.executable} -m semsearch search Daech --index {index} | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_interrupt_is_one_line_and_exit_code_130(index: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", "search", "-", "--index", index],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)  # until it waits for the query
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"semsearch: interrupted\n")


def test_help_names_every_command_and_its_examples() -> None:
    overview = run("--help").stdout.decode()
    assert all(command in overview for command in COMMANDS)
    commands = get_command(app)
    assert isinstance(commands, TyperGroup)
    assert set(commands.commands) == set(COMMANDS)
    for command in COMMANDS:
        assert run(command, "--help").returncode == 0
    assert "semsearch search --queries" in run("search", "--help").stdout.decode()
    assert run("--version").stdout.startswith(b"semsearch 0.")


def modules(*arguments: str) -> set[str]:
    """What is imported when a command has run."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from semsearch.__main__ import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    return set(done.stderr.splitlines()[-1].split())


def test_help_imports_nothing_slow() -> None:
    assert not modules("--help") & {"numpy", "faiss", "torch", "rich", "pydantic", "Stemmer"}


def test_no_command_on_the_default_model_imports_torch(index: str) -> None:
    slow = {"torch", "sentence_transformers", "transformers", "rich.console"}
    assert not modules("search", "Daech", "--index", index) & slow
    assert not modules("status", "--index", index) & slow
    assert not modules("models") & slow
