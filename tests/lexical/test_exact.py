"""Phrases and words in texts, as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.lexical import ExactText, folded


def is_in(exact: str, text: str, lang: str | None = None) -> bool:
    return ExactText(exact).is_in(folded(text), lang)


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        ("free movement", "FREE\nmovement of workers"),
        ("free movement", "a **free**, movement"),
        ("to be or not to be", "To be, or not to be?"),
        ("free mov*", "their free movements"),
        ("mov* of", "the movement of"),
        ("cafe", "Un café."),
        ("Café", "un cafe"),
        ("cafe\u0301", "un café"),
        ("strasse", "Straße"),
        ("well-known", "a well known man"),
        ("well known", "a well-known man"),
        ("aujourd'hui", "Aujourd’hui"),
        ("affaire", "l’affaire"),
        ("Smith", "Smith’s"),
        ("F-16", "an F\u201116 crashed"),
        ("C++", "in C++ and"),
        ("U.S. troops", "the U.S. troops"),
        ("3.5 million", "3.5 million"),
        ("-5 °C", "at −5 °C"),
        ("me@example.org", "<me@example.org>"),
        ("🎉", "party🎉!"),
        ("🎉 party", "🎉 Party"),
        ("istanbul", "İSTANBUL"),
        ("汽车", "新能源汽车公司"),
        ("COVID", "新冠COVID疫情"),
        ("การประชุม", "ในการประชุมสภา"),
        ("เทคโน*", "ด้านเทคโนโลยี"),
        ("दिल्ली", "नई दिल्ली में"),
        ("서울", "서울에서"),
        ("می‌شود", "میشود"),
    ],
)
def test_a_text_contains_it(exact: str, text: str) -> None:
    assert is_in(exact, text)


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        ("free movement", "movement free"),
        ("free movement", "free the movement"),
        ("free movement", "entry is free. Movement"),
        ("free movement", "free\n\nmovement"),
        ("自由 行动", "自由。行动"),
        ("car", "a camera and cars"),
        ("car", "a scar"),
        ("terror*", "a counterterrorist"),
        ("F-16", "two F-16s"),
        ("C++", "in C and"),
        ("-5 °C", "at 5 °C"),
        ("3.5", "3 5"),
        ("दिल", "दिल्ली"),
        ("क", "कि"),
    ],
)
def test_a_text_does_not_contain_it(exact: str, text: str) -> None:
    assert not is_in(exact, text)


def test_an_arabic_word_is_found_behind_what_is_written_together_with_it() -> None:
    assert is_in("مدرسة", "في المدرسة", "ar")
    assert is_in("المدرسة", "للمدرسة", "ar")
    assert is_in("وزير الخارجية", "قال ووزير الخارجية", "ar")
    assert not is_in("وزير خارجية", "وزير الخارجية", "ar")
    assert not is_in("زیر", "وزیر", "fa"), "in Persian these are two words: under, minister"


def test_words_are_found_where_they_stand() -> None:
    text = "Free movement: the free, MOVEMENTS of a free movement."
    found = [text[start:end] for start, end in ExactText("free movement").words_in(text, "en")]
    assert found == ["Free", "movement", "free", "movement"]
    found = [text[start:end] for start, end in ExactText("mov*").words_in(text, "en")]
    assert found == ["movement", "MOVEMENTS", "movement"]


def test_what_has_neither_words_nor_symbols_is_nothing() -> None:
    assert [bool(ExactText(text)) for text in ("...", "\u0301", "a", "🎉")] == [
        False, False, True, True,
    ]  # fmt: skip


@given(st.text(st.characters(exclude_characters="*＊")))
def test_every_text_contains_itself(text: str) -> None:
    line = " ".join(text.split())
    assert is_in(line, line)
    assert is_in(line, line, "ar")
    assert ExactText(line).words_in(line, None) is not None
