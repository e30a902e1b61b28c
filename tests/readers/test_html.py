"""Saved web pages: the article on them, and the reasons for what cannot be read."""

import codecs

import pytest

from tests.readers.samples import PAGE, article, reason


class TestHtml:
    def test_the_article_and_nothing_else(self) -> None:
        found = article("a.html", PAGE)
        heading, first, second = found.text.split("\n")
        assert heading == "Le Maroc participe à la réunion de la coalition"
        assert first.startswith("Le ministre marocain")
        assert first.endswith("trente délégations.")
        assert second.startswith("Les participants")
        assert second.endswith("demandent un appui.")
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
                "declares the unknown encoding klingon: convert it to UTF-8",
            ),
            (b"GIF89a\0\0\0", "a binary file"),
            (b"", "an empty file"),
        ],
    )
    def test_what_is_no_article_is_named(self, data: bytes, why: str) -> None:
        assert reason("a.html", data).startswith(why)
