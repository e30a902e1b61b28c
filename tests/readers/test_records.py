"""JSON lines and tables, record by record, and the reasons for what cannot be read."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.config import ReadLimits
from semsearch.readers import read_documents
from semsearch.types import Document, Skipped, SourceFile
from tests.readers.samples import FRENCH, LIMITS, read_bytes, reason


class TestJsonLines:
    def test_beir(self) -> None:
        line = {
            "_id": "en/1",
            "title": "The budget",
            "text": "  Kept\r\nas it is. ",
            "metadata": {"lang": "en", "date": "2019-11-14", "desk": "politics", "n": 3, "x": [1]},
        }
        data = "\n" + json.dumps(line) + "\n"
        (found,) = read_bytes("corpus.jsonl", data.encode())
        assert found == Document(
            doc_id="en/1",
            text="  Kept\r\nas it is. ",
            path="/articles/corpus.jsonl",
            title="The budget",
            lang="en",
            date="2019-11-14",
            line=2,
            metadata={"desk": "politics", "n": "3"},
        )

    def test_other_names_of_the_fields(self) -> None:
        lines = [
            {"id": 12, "body": FRENCH, "language": "FR", "url": "https://a.example"},
            {"content": FRENCH, "id": None, "lang": ""},
        ]
        data = "\n".join(map(json.dumps, lines))
        first, second = read_bytes("a.ndjson", data.encode())
        assert isinstance(first, Document)
        assert isinstance(second, Document)
        assert (first.doc_id, first.lang, first.metadata) == (
            "12",
            "fr",
            {"url": "https://a.example"},
        )
        assert (second.doc_id, second.lang, second.line) == ("a.ndjson#2", "fr", 2)

    @given(st.lists(st.text(), min_size=1, max_size=4))
    def test_any_text_comes_back(self, texts: list[str]) -> None:
        data = "\n".join(json.dumps({"_id": str(i), "text": t}) for i, t in enumerate(texts))
        items = read_bytes("a.jsonl", data.encode())
        expected = [t for t in texts if t and not t.isspace()]
        assert [item.text for item in items if isinstance(item, Document)] == expected
        assert len(items) == len(texts)

    def test_half_a_surrogate_pair_is_replaced_in_its_place(self) -> None:
        data = rb'{"_id": "a\ud83d", "title": "\udc00", "text": "x\ud83dy \ud83d\ude00"}'
        (found,) = read_bytes("a.jsonl", data)
        assert isinstance(found, Document)
        assert (found.doc_id, found.title, found.text) == ("a\ufffd", "\ufffd", "x\ufffdy 😀")

    def test_a_bad_line_is_named_and_the_others_are_read(self) -> None:
        good = b'{"_id": "%d", "text": "text"}\n'
        lines = [
            good % 1,
            b"{broken\n",
            b"[1, 2]\n",
            b'{"_id": "x", "title": "no text"}\n',
            b'{"text": 5}\n',
            b'{"text": "caf\xe9"}\n',
            b'{"text": "' + b"x" * 2000 + b'"}\n',
            b'{"text": ' + b"[" * 900 + b"\n",
            b'{"text": "t", "n": ' + b"9" * 500 + b"}\n",
            good % 2,
        ]
        items = read_bytes("a.jsonl", b"".join(lines), ReadLimits(file_bytes=1000))
        assert [item.doc_id for item in items if isinstance(item, Document)] == [
            "1",
            "a.jsonl#9",
            "2",
        ]
        assert {i.path: i.reason for i in items if isinstance(i, Skipped)} == {
            "/articles/a.jsonl:2": "not JSON: Expecting property name enclosed in double quotes at "
            "character 2",
            "/articles/a.jsonl:3": "not a JSON object",
            "/articles/a.jsonl:4": "no text in a field named text or body or content",
            "/articles/a.jsonl:5": "no text in a field named text or body or content",
            "/articles/a.jsonl:6": "not UTF-8: convert the file",
            "/articles/a.jsonl:7": "a line over the limit of 1,000 characters",
            "/articles/a.jsonl:8": "not JSON: Expecting value at character 911",
        }

    def test_nesting_and_numbers_without_end(self) -> None:
        lines = [b'{"text": ' + b"[" * 200_000, b'{"n": ' + b"9" * 5000 + b"}", b'{"text": "good"}']
        deep, number, good = read_bytes("a.jsonl", b"\n".join(lines))
        assert isinstance(deep, Skipped)
        assert deep.reason.startswith("JSON that cannot be parsed: ")
        assert isinstance(number, Skipped)
        assert number.reason.startswith("JSON that cannot be parsed: ")
        assert isinstance(good, Document)

    def test_utf16_with_a_mark(self) -> None:
        (found,) = read_bytes("a.jsonl", '{"text": "é"}\n'.encode("utf-16"))
        assert isinstance(found, Document)
        assert found.text == "é"

    def test_utf16_cut_short_is_named(self) -> None:
        items = read_bytes("a.jsonl", '{"text": "é"}\n'.encode("utf-16")[:-1])
        assert any(isinstance(item, Skipped) for item in items)

    def test_the_stream_stays_open(self) -> None:
        stream = io.BytesIO(b'{"text": "a"}\n')
        list(read_documents(SourceFile(Path("/a.jsonl"), "a.jsonl", 14, 0), stream, LIMITS))
        assert not stream.closed

    def test_reading_can_be_given_up(self) -> None:
        stream = io.BytesIO(b'{"text": "a"}\n{"text": "b"}\n')
        documents = read_documents(SourceFile(Path("/a.jsonl"), "a.jsonl", 28, 0), stream, LIMITS)
        next(documents)
        del documents
        assert not stream.closed


class TestTable:
    def test_named_columns(self) -> None:
        data = (
            'ID,Title,Text,Lang,Date,desk\n7,Le budget,"Un, ""deux""\r\ntrois",fr,2019-11-14,éco\n'
        )
        (found,) = read_bytes("a.csv", data.encode())
        assert found == Document(
            doc_id="7",
            text='Un, "deux"\r\ntrois',
            path="/articles/a.csv",
            title="Le budget",
            lang="fr",
            date="2019-11-14",
            line=2,
            metadata={"desk": "éco"},
        )

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a.csv", b"id,text\n1,one\n\n2,two\n"),
            ("a.csv", b"id;text\n1;one\n\n2;two\n"),
            ("a.csv", b"\xef\xbb\xbfid,text\r\n1,one\r\n\r\n2,two"),
            ("a.tsv", b"id\ttext\n1\tone\n\n2\ttwo\n"),
            ("a.tsv", "id\ttext\n1\tone\n\n2\ttwo\n".encode("utf-16")),
        ],
    )
    def test_separators_and_encodings(self, name: str, data: bytes) -> None:
        items = read_bytes(name, data)
        assert [(i.doc_id, i.text, i.line) for i in items if isinstance(i, Document)] == [
            ("1", "one", 2),
            ("2", "two", 4),
        ]

    def test_rows_without_an_id_are_named_by_their_line(self) -> None:
        items = read_bytes("a.csv", b'text\n"two\nlines"\nlast\n')
        assert [i.doc_id for i in items if isinstance(i, Document)] == ["a.csv#2", "a.csv#4"]

    def test_a_long_field_is_read(self) -> None:
        (found,) = read_bytes("a.csv", b"text\n" + b"x" * 200_000)
        assert isinstance(found, Document)
        assert len(found.text) == 200_000

    def test_a_bad_row_is_named_and_the_others_are_read(self) -> None:
        data = b"id,text\n1,one\n2,\n3\n4,caf\xe9\n5," + b"x" * 200 + b"\n6,six\n"
        items = read_bytes("a.csv", data, ReadLimits(file_bytes=100))
        assert [i.doc_id for i in items if isinstance(i, Document)] == ["1", "6"]
        assert {i.path: i.reason for i in items if isinstance(i, Skipped)} == {
            "/articles/a.csv:3": "no text in a field named text or body or content",
            "/articles/a.csv:4": "no text in a field named text or body or content",
            "/articles/a.csv:5": "not UTF-8: convert the file",
            "/articles/a.csv:6": "a line over the limit of 100 characters",
        }

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (
                b"name,summary\na,b\n",
                "no column is named text or body or content; its columns: name, summary",
            ),
            (b"", "an empty file"),
            (b"text\0\nb\n", "a binary file, or UTF-16 without a byte order mark"),
        ],
    )
    def test_a_table_without_text_is_named(self, data: bytes, why: str) -> None:
        assert reason("a.csv", data) == why
