"""Plain text and Markdown, to the character, and the reasons for what cannot be read."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.config import ReadLimits
from semsearch.types import Document
from tests.readers.samples import FRENCH, article, read_bytes, reason


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
            ("\u3000\u2003".encode(), "contains no text"),
            (codecs.BOM_UTF8, "contains no text"),
            (b"abc\0def", "a binary file, or UTF-16 without a byte order mark"),
            (b"\x89PNG\r\n\x1a\n\0\0\0", "a binary file"),
            (b"caf\xe9", "not UTF-8 at byte 3: convert it with `iconv -f ENCODING -t UTF-8`"),
            ("text".encode("utf-16-le"), "a binary file, or UTF-16 without a byte order mark"),
            (
                codecs.BOM_UTF16_LE + b"abc",
                "not valid UTF-16, which its byte order mark announces, at byte 4",
            ),
            (
                codecs.BOM_UTF16_LE + b"\x00\xd8a\0",
                "not valid UTF-16, which its byte order mark announces, at byte 2",
            ),
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
        assert reason("a.md", "---\ntitle: T\n---\n") == "contains no text"

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
