"""What each format gives, to the character, and what is said of what cannot be read."""

import codecs
import io
import json
import logging
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers import SUFFIXES, open_source, read_documents, walk
from semsearch.types import Document, Skipped, SourceFile

LIMITS = ReadLimits()
FRENCH = (
    "Le ministre a déclaré jeudi que le gouvernement adoptera le budget avant la fin de l'année."
)

Items = list[Document | Skipped]
Read = Callable[..., Items]


def read_bytes(name: str, data: bytes, limits: ReadLimits = LIMITS) -> Items:
    file = SourceFile(Path("/articles") / name, name, len(data), 0)
    return list(read_documents(file, io.BytesIO(data), limits))


def article(name: str, data: bytes | str, limits: ReadLimits = LIMITS) -> Document:
    (item,) = read_bytes(name, data.encode() if isinstance(data, str) else data, limits)
    assert isinstance(item, Document), item
    return item


def reason(name: str, data: bytes | str, limits: ReadLimits = LIMITS) -> str:
    (item,) = read_bytes(name, data.encode() if isinstance(data, str) else data, limits)
    assert isinstance(item, Skipped), item
    assert item.path == f"/articles/{name}"
    return item.reason


class TestText:
    def test_the_text_is_the_file(self) -> None:
        found = article("news/a.txt", f"Le budget\n\n{FRENCH}\n")
        assert found == Document(
            doc_id="news/a.txt",
            text=f"Le budget\n\n{FRENCH}\n",
            path="/articles/news/a.txt",
            title="Le budget",
            lang="fr",
            line=1,
        )

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1))
    def test_any_text_comes_back(self, text: str) -> None:
        items = read_bytes("a.txt", text.encode())
        if text.strip() and not text.startswith("\ufeff"):
            assert [item.text for item in items if isinstance(item, Document)] == [text]
        else:
            assert len(items) == 1

    @pytest.mark.parametrize(
        "data",
        [
            "One\ntwo\nthree é".encode(),
            "One\r\ntwo\rthree é".encode(),
            codecs.BOM_UTF8 + "One\ntwo\nthree é".encode(),
            "One\ntwo\nthree é".encode("utf-16"),
            codecs.BOM_UTF16_BE + "One\r\ntwo\r\nthree é".encode("utf-16-be"),
            "One\ntwo\nthree é".encode("utf-32"),
        ],
    )
    def test_marked_encodings_and_line_ends(self, data: bytes) -> None:
        assert article("a.txt", data).text == "One\ntwo\nthree é"

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "an empty file"),
            (b" \n\t\r\n", "an empty file"),
            ("\u3000\u2003".encode(), "no text in it"),
            (codecs.BOM_UTF8, "no text in it"),
            (b"abc\0def", "a binary file, or UTF-16 without a byte order mark"),
            (b"\x89PNG\r\n\x1a\n\0\0\0", "a binary file"),
            (b"caf\xe9", "not UTF-8 at byte 3: convert it with `iconv -f ENCODING -t UTF-8`"),
            ("text".encode("utf-16-le"), "a binary file, or UTF-16 without a byte order mark"),
            (codecs.BOM_UTF16_LE + b"abc", "begins as UTF-16 but is not, at byte 4"),
            (codecs.BOM_UTF16_LE + b"\x00\xd8a\0", "begins as UTF-16 but is not, at byte 2"),
        ],
    )
    def test_what_is_not_text_is_named(self, data: bytes, why: str) -> None:
        assert reason("a.txt", data) == why

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("\n  The title \n\nThe text.", "The title"),
            ("One line alone.", ""),
            ("One line alone.\n\n", ""),
            ("x" * 201 + "\ntext", ""),
            ("x" * 200 + "\ntext", "x" * 200),
        ],
    )
    def test_the_first_line_is_the_title(self, text: str, title: str) -> None:
        assert article("a.txt", text).title == title

    def test_what_is_too_big_is_named(self) -> None:
        limits = ReadLimits(file_bytes=1 << 20)
        assert article("a.txt", b"a" * (1 << 20), limits)
        assert reason("a.txt", b"a" * (3 << 19), limits) == "1.0 MiB, over the limit of 1 MiB"


class TestMarkdown:
    def test_front_matter_says_what_the_article_is(self) -> None:
        text = (
            "---\n"
            "title: 'Le budget: vote'\n"
            "date: 2019-11-14\n"
            "lang: fr-FR\n"
            "author: Nadia Alami\n"
            "edition: 007\n"
            "tags: [a, b]\n"
            "empty:\n"
            "nothing: null\n"
            "---\n"
            "\n# Heading\nText.\n"
        )
        assert article("a.md", text) == Document(
            doc_id="a.md",
            text="\n# Heading\nText.\n",
            path="/articles/a.md",
            title="Le budget: vote",
            lang="fr",
            date="2019-11-14",
            line=11,
            metadata={"author": "Nadia Alami", "edition": "007"},
        )

    def test_norwegian_is_not_false(self) -> None:
        assert article("a.md", "---\nlanguage: no\n---\ntext").lang == "nb"

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("Intro\n\n## The heading ##\ntext", "The heading"),
            ("---\ntitle:\n---\n# Heading\ntext", "Heading"),
            ("#hashtag\ntext", ""),
            ("# C#\ntext", "C#"),
            ("# a" + " " * 1_000_000 + "b\ntext", "a b"),
        ],
    )
    def test_a_heading_is_the_title_else(self, text: str, title: str) -> None:
        assert article("a.md", text).title == title

    @pytest.mark.parametrize(
        "text",
        [
            "---\ntitle: [unclosed\n---\nText.",
            "---\ntitle: never closed\n\nText.",
            "---\njust a line\n---\nText.",
            "---\n" + "[" * 60_000 + "\n---\nText.",
            "---\n" + "a: b\n" * 20_000 + "---\nText.",
            "--- a rule and no front matter\ntext\n---\nmore",
        ],
    )
    def test_what_is_no_front_matter_is_text(self, text: str) -> None:
        found = article("a.md", text)
        assert (found.text, found.line, dict(found.metadata)) == (text, 1, {})

    def test_aliases_do_not_multiply(self) -> None:
        bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n"
            for i in range(12)
        )
        assert article("a.md", f"---\n{bomb}title: T\n---\ntext").title == "T"

    def test_front_matter_alone_is_no_article(self) -> None:
        assert reason("a.md", "---\ntitle: T\n---\n") == "no text in it"

    @pytest.mark.parametrize(
        ("given", "date"),
        [
            ("2019-11-14T18:30:00Z", "2019-11-14T18:30:00+00:00"),
            ("2019-11-14 18:30:00 +01:00", "2019-11-14T18:30:00+01:00"),
            ("2019-11-14 18:30", "2019-11-14T18:30:00"),
            ("2019/1/4", "2019-01-04"),
            ("Thu, 14 Nov 2019 18:30:00 +0100", "2019-11-14T18:30:00+01:00"),
            ("2019-13-45", None),
            ("yesterday", None),
            ("03/04/2019", None),
        ],
    )
    def test_dates(self, given: str, date: str | None) -> None:
        found = article("a.md", f'---\ndate: "{given}"\n---\ntext')
        assert found.date == date
        assert found.metadata == ({} if date else {"date": given})


PAGE = """<!DOCTYPE html>
<html lang="fr-FR"><head><meta charset="utf-8"><title>Le Maroc à la réunion | Le Journal</title>
<meta property="og:title" content="Le Maroc participe à la réunion de la coalition">
<meta name="author" content="Nadia Alami"><meta property="og:site_name" content="Le Journal">
<meta property="article:published_time" content="2019-11-14T18:30:00+01:00">
<script>var tracking = "SCRIPTWORD";</script><style>.STYLEWORD{color:red}</style></head><body>
<div id="cookie-banner" class="cookie-consent"><p>Nous utilisons des cookies pour améliorer votre
expérience. COOKIEWORD</p><button>Accepter</button></div>
<header><nav class="main-nav"><ul><li><a href="/">Accueil</a></li>
<li><a href="/sport">Sport NAVWORD</a></li></ul></nav></header>
<main><article><h1>Le Maroc participe à la réunion de la coalition</h1>
<p>Le ministre marocain des Affaires étrangères a pris part jeudi à Washington à la réunion des
ministres de la coalition mondiale contre Daech, en présence de trente délégations.</p>
<p>Les participants ont examiné la situation en Syrie et en Irak après la mort du chef du groupe,
ainsi que la menace grandissante en Afrique, où plusieurs pays demandent un appui.</p>
<aside class="related"><h3>À lire aussi</h3><ul><li><a href="/a">Un accord RELATEDWORD à Rabat</a>
</li><li><a href="/b">Le prix du blé recule encore</a></li></ul></aside>
<div class="newsletter-signup"><p>Inscrivez-vous à notre lettre quotidienne NEWSLETTERWORD</p></div>
</article></main><section class="most-read"><ol><li><a href="/c">Météo MOSTREADWORD</a></li></ol>
</section><footer><p>© 2019 Le Journal. Tous droits réservés. FOOTERWORD</p></footer>
</body></html>"""


class TestHtml:
    def test_the_article_and_nothing_else(self) -> None:
        found = article("a.html", PAGE)
        heading, first, second = found.text.split("\n")
        assert heading == "Le Maroc participe à la réunion de la coalition"
        assert first.startswith("Le ministre marocain") and first.endswith("trente délégations.")
        assert second.startswith("Les participants") and second.endswith("demandent un appui.")
        assert "WORD" not in found.text

    def test_what_the_page_says_of_itself(self) -> None:
        found = article("a.html", PAGE)
        assert found.title == "Le Maroc participe à la réunion de la coalition"
        assert (found.lang, found.date, found.line) == ("fr", "2019-11-14", None)
        assert found.metadata["author"] == "Nadia Alami"
        assert found.metadata["site"] == "Le Journal"

    @pytest.mark.parametrize(
        "data",
        [
            codecs.BOM_UTF8 + PAGE.encode(),
            PAGE.encode("utf-16"),
            PAGE.replace("utf-8", "ISO-8859-1").encode("cp1252"),
            PAGE.replace("utf-8", "windows-1252").encode("cp1252"),
            ('<?xml version="1.0" encoding="utf-8"?>\n' + PAGE).encode(),
            PAGE.replace("\n", "\r\n").encode(),
        ],
    )
    def test_encodings(self, data: bytes) -> None:
        assert article("a.html", data).text == article("a.html", PAGE).text

    def test_an_old_chinese_page(self) -> None:
        text = "外交部长周四在华盛顿出席了全球反恐联盟部长级会议，来自世界各地的代表团参加了会议。"
        page = (
            '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
            f"<title>会议</title></head><body><p>{text}</p><p>{text}镕</p></body></html>"
        )
        found = article("a.htm", page.encode("gb18030"))
        assert found.text.split("\n")[0] == text
        assert (found.title, found.lang) == ("会议", "zh")

    def test_a_wrong_byte_costs_one_character(self) -> None:
        assert article("a.html", b"<meta charset=utf-8><p>caf\xe9!</p>").text == "caf\ufffd!"

    def test_without_a_declared_language_it_is_detected(self) -> None:
        assert article("a.html", PAGE.replace(' lang="fr-FR"', "")).lang == "fr"

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (
                b"<html><script>let a = 'words of a script';</script></html>",
                "no article text found",
            ),
            (b"<html><body></body></html>", "no article text found"),
            (b"<html>" + b"<div>" * 100_000, "no article text found"),
            (b"<html><p>caf\xe9", "not UTF-8 at byte 12: convert it"),
            (
                b"<meta charset=klingon><p>caf\xe9",
                "declares the encoding klingon, which is not known",
            ),
            (b"GIF89a\0\0\0", "a binary file"),
            (b"", "an empty file"),
        ],
    )
    def test_what_is_no_article_is_named(self, data: bytes, why: str) -> None:
        assert reason("a.html", data).startswith(why)


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
        assert isinstance(first, Document) and isinstance(second, Document)
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
            "/articles/a.jsonl:4": "no text under text or body or content",
            "/articles/a.jsonl:5": "no text under text or body or content",
            "/articles/a.jsonl:6": "not UTF-8: convert the file",
            "/articles/a.jsonl:7": "a line of more than 1,000 characters, the limit",
            "/articles/a.jsonl:8": "not JSON: Expecting value at character 911",
        }

    def test_nesting_and_numbers_without_end(self) -> None:
        lines = [b'{"text": ' + b"[" * 200_000, b'{"n": ' + b"9" * 5000 + b"}", b'{"text": "good"}']
        deep, number, good = read_bytes("a.jsonl", b"\n".join(lines))
        assert isinstance(deep, Skipped) and deep.reason.startswith("not usable JSON: ")
        assert isinstance(number, Skipped) and number.reason.startswith("not usable JSON: ")
        assert isinstance(good, Document)

    def test_utf16_with_a_mark(self) -> None:
        (found,) = read_bytes("a.jsonl", '{"text": "é"}\n'.encode("utf-16"))
        assert isinstance(found, Document) and found.text == "é"

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
        assert isinstance(found, Document) and len(found.text) == 200_000

    def test_a_bad_row_is_named_and_the_others_are_read(self) -> None:
        data = b"id,text\n1,one\n2,\n3\n4,caf\xe9\n5," + b"x" * 200 + b"\n6,six\n"
        items = read_bytes("a.csv", data, ReadLimits(file_bytes=100))
        assert [i.doc_id for i in items if isinstance(i, Document)] == ["1", "6"]
        assert {i.path: i.reason for i in items if isinstance(i, Skipped)} == {
            "/articles/a.csv:3": "no text under text or body or content",
            "/articles/a.csv:4": "no text under text or body or content",
            "/articles/a.csv:5": "not UTF-8: convert the file",
            "/articles/a.csv:6": "a line of more than 100 characters, the limit",
        }

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"name,summary\na,b\n", "no column text or body or content; columns: name, summary"),
            (b"", "an empty file"),
            (b"text\0\nb\n", "a binary file, or UTF-16 without a byte order mark"),
        ],
    )
    def test_a_table_without_text_is_named(self, data: bytes, why: str) -> None:
        assert reason("a.csv", data) == why


def pdf(*pages: str, about: str = "") -> bytes:
    """A PDF file with a line of text on each page."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, text in enumerate(pages):
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects.append(f"<< {about} >>")
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"<< /Size {size} /Root 1 0 R /Info {size - 1} 0 R >>"
    return (
        out
        + f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
        + f"trailer\n{trailer}\nstartxref\n{len(out)}\n%%EOF\n".encode()
    )


class TestPdf:
    def test_text_pages_and_what_it_says_of_itself(self) -> None:
        about = "/Title (The budget) /Author (N. Alami) /CreationDate (D:20191114183000Z)"
        found = article("a.pdf", pdf("First page.", "", "Third page.", about=about))
        assert found.text == "First page.\n\n\n\nThird page."
        assert found.pages == (0, 13, 15)
        assert found.text[found.pages[2] :] == "Third page."
        assert (found.title, found.date) == ("The budget", "2019-11-14T18:30:00+00:00")
        assert found.metadata == {"author": "N. Alami"}
        assert (found.lang, found.line) == ("en", None)

    def test_a_broken_date_costs_the_date_alone(self) -> None:
        found = article("a.pdf", pdf("Text.", about="/CreationDate (yesterday)"))
        assert (found.text, found.date) == ("Text.", None)

    def test_without_a_title_the_first_line_is_it(self) -> None:
        assert article("a.pdf", pdf("The headline", "And the text.")).title == "The headline"

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (pdf(""), "no text in it: its pages are images, or empty"),
            (b"%PDF-1.4 broken", "cannot be read as .pdf: "),
            (b"no PDF at all", "cannot be read as .pdf: "),
            (pdf("text")[:300], "cannot be read as .pdf: "),
            (b"", "an empty file"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, data: bytes, why: str) -> None:
        assert reason("a.pdf", data).startswith(why)

    def test_an_encrypted_one_is_named(self) -> None:
        import pypdf

        writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Secret.")))
        writer.encrypt("password", algorithm="RC4-128")
        out = io.BytesIO()
        writer.write(out)
        assert reason("a.pdf", out.getvalue()) == "encrypted: save it without a password"

    def test_pages_are_bounded(self) -> None:
        limits = ReadLimits(pages=2)
        assert article("a.pdf", pdf("a", "b"), limits).text == "a\n\nb"
        assert reason("a.pdf", pdf("a", "b", "c"), limits) == "3 pages, more than the limit of 2"

    def test_the_library_says_nothing(self, capfd: pytest.CaptureFixture[str]) -> None:
        root = logging.getLogger()
        handlers, root.handlers = root.handlers, []  # pytest's own would hide the last resort
        try:
            broken = pdf("Text of the page.").replace(b"startxref\n", b"startxref\n9")
            read_bytes("a.pdf", broken)
            read_bytes("a.html", b"<html></html>")
        finally:
            root.handlers = handlers
        assert capfd.readouterr() == ("", "")


def word(build: Callable[[docx.document.Document], object]) -> bytes:
    document = docx.Document()
    document.core_properties.author = ""
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


class TestDocx:
    def test_paragraphs_and_tables_in_order(self) -> None:
        def build(document: docx.document.Document) -> None:
            document.add_heading("Le budget", 1)
            document.add_paragraph(FRENCH)
            table = document.add_table(2, 2)
            for cell, text in zip(table._cells, ["a", "b", "c", "d"], strict=True):
                cell.text = text
            table.cell(1, 0).merge(table.cell(1, 1))
            document.add_paragraph("Fin.")
            document.core_properties.author = "Nadia Alami"

        found = article("a.docx", word(build))
        assert found.text == f"Le budget\n{FRENCH}\na\tb\nc d\nFin."
        assert (found.title, found.lang) == ("Le budget", "fr")
        assert found.metadata == {"author": "Nadia Alami"}

    def test_its_properties_are_taken(self) -> None:
        import datetime

        def build(document: docx.document.Document) -> None:
            document.add_paragraph(FRENCH)
            document.core_properties.title = "Titre"
            document.core_properties.language = "fr-CA"
            document.core_properties.created = datetime.datetime(2019, 11, 14, 18, 30)

        found = article("a.docx", word(build))
        assert (found.title, found.lang, found.date) == ("Titre", "fr", "2019-11-14T18:30:00+00:00")

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (zipped({"a.txt": b"text"}), "not a Word document, though a zip file"),
            (b"no zip at all", "not a Word document: File is not a zip file"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not a Word document of today: encrypted, or an"),
            (zipped({"word/document.xml": b"<x/>"}), "cannot be read as .docx: "),
            (word(lambda document: None), "no text in it"),
            (word(lambda document: None)[:-200], "not a Word document: "),
            (b"", "an empty file"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, data: bytes, why: str) -> None:
        assert reason("a.docx", data).startswith(why)

    def test_a_bomb_is_not_unpacked(self) -> None:
        bomb = zipped({"word/document.xml": b"\0" * 20_000_000})
        assert "times its size, more than the limit of 100" in reason("a.docx", bomb)
        limits = ReadLimits(inflated_bytes=10_000_000)
        assert reason("a.docx", bomb, limits) == (
            "unpacks to 20,000,000 bytes, more than the limit of 10,000,000"
        )

    def test_a_bomb_that_lies_about_its_size_is_not_unpacked(self) -> None:
        bomb = zipped({"word/document.xml": b"\0" * 20_000_000})
        lie = bomb.replace((20_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
        assert lie != bomb
        assert reason("a.docx", lie).startswith("not a Word document: Bad CRC-32")


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
        "long-line.jsonl:1": "a line of more than 33,554,432 characters, the limit",
        "loop": "a link: links are not followed",
        "fifo.txt": "not a regular file",
        "scripts.html": "no article text found",
        "zip.docx": "not a Word document, though a zip file",
    }
