"""The HTTP API of `semsearch serve`, over real sockets."""

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest

from semsearch import Mode, Request
from tests.server import PATIENCE, index, run, server

ARTICLES = {
    "fr/seisme.txt": "Un séisme frappe le nord du Chili\n\nDes habitants ont quitté leurs maisons.",
    "en/rates.txt": "Central bank raises interest rates\n\nInflation was too high.",
    "es/futbol.txt": "El equipo local gana la final de fútbol\n\nEl portero detuvo dos penaltis.",
    "en/markup.txt": 'A <script>alert("x")</script> headline\n\nThe <b>tag</b> & the "quote".',
}
JSON_POST = b"POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Served(NamedTuple):
    port: int
    folder: Path


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.text)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    news = tmp_path_factory.mktemp("http") / "news"
    for name, text in ARTICLES.items():
        path = news / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folder = news.parent / "index"
    index(news, "--index", folder)
    with server(folder, "--port", "0") as (_, line):
        yield Served(port_of(line), folder)


def port_of(line: str) -> int:
    found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
    assert found, line
    return int(found[1])


def ask(
    served: Served,
    target: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)) as connection:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read().decode())


def post(served: Served, body: object, kind: str = "application/json") -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(served, "/search", "POST", data, {"Content-Type": kind})


def say(served: Served, *sent: bytes) -> bytes:
    """What is answered to bytes that no client library would send."""
    with closing(socket.create_connection(("127.0.0.1", served.port), PATIENCE)) as connection:
        connection.sendall(b"".join(sent))
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def printed(served: Served, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--json", "--index", served.folder).stdout)


def searched(served: Served, *arguments: str) -> Any:
    """With what is hardly relevant, which HTTP leaves in."""
    return printed(served, "search", *arguments, "--min-relevance", "0")


def without_timings(found: Any) -> Any:
    return {name: value for name, value in found.items() if name != "timings_ms"}


def test_a_search_answers_as_the_command_line(served: Served) -> None:
    found = ask(served, "/search?" + urlencode({"q": "terremoto en Chile", "k": 2}))
    assert found.status == 200
    assert found.json["hits"][0]["doc_id"] == "fr/seisme.txt"
    expected = searched(served, "terremoto en Chile", "-k", "2")
    assert without_timings(found.json) == without_timings(expected)


def test_every_option_goes_by_its_name(served: Served) -> None:
    target = "/search?q=inflation&mode=lexical&langs=en&langs=fr&passages=true"
    found = ask(served, target).json
    options = ("--mode", "lexical", "--lang", "en,fr", "--passages")
    assert without_timings(found) == without_timings(searched(served, "inflation", *options))
    named = ask(served, target.replace("=en", "=English").replace("=fr", "=fran%C3%A7ais"))
    assert without_timings(named.json) == without_timings(found)
    asked = {"query": "inflation", "mode": "lexical", "langs": ["en", "fr"], "passages": True}
    assert without_timings(post(served, asked).json) == without_timings(found)
    assert [hit["doc_id"] for hit in found["hits"]] == ["en/rates.txt"]


def test_queries_have_the_same_syntax(served: Served) -> None:
    def found(**options: str) -> list[str]:
        answer = ask(served, f"/search?{urlencode(options)}")
        return [hit["doc_id"] for hit in answer.json["hits"]]

    assert found(q='rates "interest rates"') == ["en/rates.txt"]
    assert "en/rates.txt" not in found(q="inflation -bank")
    assert found(q="-bank") == []
    assert len(found(q='"rates interest"', literal="true")) == len(ARTICLES)


def test_the_page_says_what_the_syntax_is(served: Served) -> None:
    assert "“a phrase” · -word · prefix*" in ask(served, "/").text
    assert "nothing found" in ask(served, "/?q=-bank").text


def test_similar_and_status_answer_as_the_command_line(served: Served) -> None:
    found = ask(served, "/similar?" + urlencode({"id": "fr/seisme.txt", "k": 2}))
    expected = printed(served, "similar", "fr/seisme.txt", "-k", "2")
    assert without_timings(found.json) == without_timings(expected)
    assert ask(served, "/status").json == printed(served, "status")


def test_an_unknown_language_is_refused_with_near_ones(served: Served) -> None:
    for target in ("/search?q=inflation&langs=frensh", "/similar?id=fr/seisme.txt&langs=frensh"):
        found = ask(served, target)
        assert found.status == 400
        assert "did you mean French (fr)" in found.json["error"]


def test_nothing_found_is_an_answer(served: Served) -> None:
    found = ask(served, "/search?q=qqqzzz&mode=lexical")
    assert (found.status, found.json["hits"]) == (200, [])


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/search", 400, "query is missing"),
        ("/search?q=", 400, "the query is empty"),
        ("/search?q=x&k=0", 400, "k must be at least 1"),
        ("/search?q=x&k=two", 400, "k must be an integer, not 'two'"),
        ("/search?q=x&k=1&k=2", 400, "k is given twice"),
        ("/search?q=x&mode=magic", 400, "mode must be one of hybrid, dense, lexical"),
        ("/search?q=x&passages=maybe", 400, "passages must be true or false"),
        ("/search?q=x&colour=red", 400, "there is no field 'colour'"),
        ("/search?" + "&".join(f"a{n}=1" for n in range(200)), 400, "more than 100"),
        ("/similar?id=no-such-article", 400, "holds no article no-such-article"),
        ("/similar?id=seisme.txt&base=/", 400, "holds no article"),
        ("/nothing", 404, "there is no such path; the paths are /"),
        ("/../etc/passwd", 404, "there is no such path; the paths are /"),
        ("/search?q=" + "x" * 70_000, 414, "Request-URI Too Long"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_what_cannot_be_answered_is_told_in_json(
    served: Served, target: str, status: int, said: str
) -> None:
    found = ask(served, target)
    assert found.status == status
    assert list(found.json) == ["error"]
    assert said in found.json["error"]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("POST", "/status", 405), ("DELETE", "/search?q=x", 501), ("HEAD", "/", 501)],
)
def test_other_methods_are_refused(served: Served, method: str, target: str, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    found = ask(served, target, method, b"{}" if method == "POST" else None, headers)
    assert found.status == status
    assert found.headers.get("allow") == ("GET" if status == 405 else None)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"k": 3}', "application/json", 400),
        (b'{"query": "x", "k": true}', "application/json", 400),
        (b'{"query": "x", "langs": "fr"}', "application/json", 400),
        (b'{"query": "x", "langs": ["frensh"]}', "application/json", 400),
        (b'{"query": "\\ud800"}', "application/json", 200),
        (b'{"query": "x"}', "text/plain", 415),
        (b" " * 70_000, "application/json", 413),
    ],
    ids=lambda value: ascii(value[:30]) if isinstance(value, bytes) else None,
)
def test_a_body_that_is_no_question_is_refused(
    served: Served, body: bytes, kind: str, status: int
) -> None:
    assert post(served, body, kind).status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8484", 200),
        ("LocalHost:1", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.nip.io:8484", 403),
        ("evil.example#localhost", 403),
        ("", 403),
    ],
)
def test_pages_of_other_names_get_nothing(served: Served, host: str, status: int) -> None:
    told = "the Host header must be localhost or 127.0.0.1"
    for target in ("/search?q=inflation", "/status", "/", "/openapi.json"):
        found = ask(served, target, headers={"Host": host})
        assert found.status == status
        assert status == 200 or found.json == {"error": told}
        assert not [name for name in found.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /status HTTP/1.1\r\n\r\n", b" 403 "),
        (b"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", b" 403 "),
        (b"GET /status\r\n", b"error"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n", b"error"),
        (JSON_POST + b"\r\n", b" 411 "),
        (JSON_POST + b"Content-Length: -5\r\n\r\n", b" 411 "),
        (b"GET /status HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b" 431 "),
        (b"GET /status HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", b" 431 "),
    ],
    ids=lambda value: ascii(value[:60]),
)  # fmt: skip
def test_what_no_client_sends_is_refused(served: Served, sent: bytes, status: bytes) -> None:
    assert status in say(served, sent)
    assert ask(served, "/status").status == 200


def test_nobody_is_waited_for_at_the_cost_of_others(served: Served) -> None:
    idle = [socket.create_connection(("127.0.0.1", served.port), PATIENCE) for _ in range(20)]
    try:
        for connection in idle:
            connection.sendall(b"GET /sta")
        assert ask(served, "/status").status == 200
    finally:
        for connection in idle:
            connection.close()


def test_the_page_escapes_what_comes_from_articles_and_questions(served: Served) -> None:
    empty = ask(served, "/")
    assert "<form>" in empty.text
    found = ask(served, "/?q=" + quote('"><script>alert(1)</script> headline'))
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; headline" in found.text
    assert 'value="&quot;&gt;&lt;script&gt;' in found.text
    assert "<script" not in found.text
    assert "<b>" not in found.text
    assert not re.search("(src|href)=.?http", found.text)


def test_a_damaged_index_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text("A headline\n\nSome news of the day.")
    index(tmp_path / "news.txt", "--index", tmp_path / "index")
    with server(tmp_path / "index", "--port", "0") as (_, line):
        here = Served(port_of(line), tmp_path / "index")
        assert ask(here, "/search?q=news").status == 200
        with closing(sqlite3.connect(tmp_path / "index/semsearch.db")) as database, database:
            database.execute("UPDATE documents SET title = 'Another headline'")
        found = ask(here, "/search?q=news")
        assert found.status == 503
        assert "semsearch repair" in found.json["error"]
        (tmp_path / "index/semsearch.db").unlink()
        found = ask(here, "/status")
        assert (found.status, "there is no index" in found.json["error"]) == (503, True)


def test_a_port_that_is_taken_is_an_input_error(served: Served, tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text("A headline\n\nSome news of the day.")
    index(tmp_path / "news.txt", "--index", tmp_path / "index")
    done = run("serve", "--index", tmp_path / "index", "--port", str(served.port))
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"port {served.port} cannot be used" in done.stderr.decode()
    with server(tmp_path / "index", "--no-http") as (_, line):
        assert "http" not in line


def fits(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether JSON is of a schema, as far as the document makes use of JSON Schema."""
    if "$ref" in schema:
        return fits(
            value, document["components"]["schemas"][schema["$ref"].split("/")[-1]], document
        )
    if "anyOf" in schema:
        return any(fits(value, each, document) for each in schema["anyOf"])
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str, "integer": int, "number": (int, float), "boolean": bool,
        "array": list, "object": dict, "null": type(None),
    }  # fmt: skip
    if not isinstance(value, kinds[schema["type"]]) or value not in schema.get("enum", [value]):
        return False
    if isinstance(value, list):
        return all(fits(each, schema["items"], document) for each in value)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return (
            set(schema["required"]) <= set(value) <= set(known)
            and all(fits(each, known[name], document) for name, each in value.items())
        )  # fmt: skip
    return True


def test_the_openapi_document_says_what_the_routes_answer(served: Served) -> None:
    document = ask(served, "/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {"/search", "/similar", "/status", "/openapi.json"}
    bodies = {"/search": "?q=inflation&explain=true", "/similar": "?id=en/rates.txt"}
    for path, methods in document["paths"].items():
        answer = ask(served, path + bodies.get(path, ""))
        described = methods["get"]["responses"]
        assert fits(answer.json, schema_of(described["200"]), document), path
        for name in set(bodies) & {path}:
            wrong = ask(served, name)
            assert fits(wrong.json, schema_of(described[str(wrong.status)]), document)
    operations = [
        each["operationId"] for path in document["paths"].values() for each in path.values()
    ]
    assert len(set(operations)) == len(operations) == 5


def schema_of(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return found


def test_the_openapi_document_names_every_option_with_its_values(served: Served) -> None:
    document = ask(served, "/openapi.json").json
    request = document["components"]["schemas"]["Request"]
    assert set(request["properties"]) == set(Request.__dataclass_fields__)
    assert request["required"] == ["query"]
    parameters = {each["name"]: each for each in document["paths"]["/search"]["get"]["parameters"]}
    assert set(parameters) == {"q", *request["properties"]} - {"query"}
    assert parameters["q"]["required"]
    assert parameters["k"]["schema"] == {"type": "integer", "default": 10}
    assert parameters["mode"]["schema"]["enum"] == [mode.value for mode in Mode]
    assert all(each["in"] == "query" and each["description"] for each in parameters.values())
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references == set(document["components"]["schemas"])
    example = document["components"]["schemas"]["SearchResult"]["examples"][0]
    assert fits(example, document["components"]["schemas"]["SearchResult"], document)
