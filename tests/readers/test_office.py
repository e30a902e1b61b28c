"""PDF and Word files, and the reasons for what cannot be read."""

import io
import logging

import docx
import pytest

from semsearch.config import ReadLimits
from tests.readers.samples import FRENCH, article, pdf, read_bytes, reason, word, zipped


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
            (pdf(""), "contains no text: its pages are empty, or images that need OCR first"),
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
            (zipped({"a.txt": b"text"}), "a zip file, but not a Word document"),
            (b"no zip at all", "not a Word document: File is not a zip file"),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                "password-protected, or an old .doc file: save it as .docx",
            ),
            (zipped({"word/document.xml": b"<x/>"}), "cannot be read as .docx: "),
            (word(lambda document: None), "contains no text"),
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
