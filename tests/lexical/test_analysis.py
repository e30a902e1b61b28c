"""Words done right: what readers take for the same is one term, and what they do not is not."""

import pytest

from semsearch.lexical import LexicalIndex, analyze


@pytest.mark.parametrize(
    ("lang", "written"),
    [
        ("en", ["4500", "4,500", "4.500", "4 500", "4\u00a0500", "4\u202f500", "4'500", "4’500"]),
        ("ar", ["4500", "٤٬٥٠٠", "٤٥٠٠", "۴۵۰۰", "४५००", "４５００", "４，５００"]),
        ("de", ["1234567", "1.234.567", "1 234 567", "12,34,567"]),
        ("en", ["1234.5", "1,234.5", "1.234,5", "1 234,5", "1'234.5", "1234,5"]),
        ("fr", ["3.5", "3,5", "٣٫٥"]),
        ("en", ["450", "450.00", "450,00"]),
        ("en", ["F-16", "F16", "f-16", "f16"]),
        ("ru", ["Су-35", "Су35"]),
        ("en", ["U.S.", "US", "U.S"]),
        ("en", ["AT&T", "at&t"]),
        ("en", ["C++", "c++,"]),
        ("en", ["C#", "(C#)"]),
        ("fr", ["Épinal", "E\u0301pinal", "epinal", "Épi\u00adnal", "Épi\u200bnal"]),
        ("tr", ["İstanbul", "istanbul", "ISTANBUL", "İSTANBUL", "I\u0307stanbul"]),
        ("en", ["İstanbul", "istanbul", "Istanbul"]),
        ("tr", ["Isparta", "isparta"]),
        ("fa", ["کتاب", "كتاب", "کتاب‌ها"]),
        ("fa", ["جایزهٔ", "جایزه", "جایزۀ"]),
        ("ar", ["مدرسة", "المدرسة", "والمدرسة", "بالمدرسة", "وبالمدرسة", "للمدرسة", "كالمدرسة"]),
        ("ar", ["وزير", "الوزير", "والوزير", "للوزير"]),
        ("ar", ["إضراب", "اضراب", "إضرابا", "الإضراب", "إضـراب"]),
        ("hi", ["चुनाव", "चुनावों"]),
        ("uk", ["об'єкт", "об’єкт", "обʼєкт"]),
        ("he", ['צה"ל', "צה״ל", "צהל"]),
        ("en", ["goat's", "goat’s", "goat"]),
    ],
)  # fmt: skip
def test_spellings_of_a_word_are_one_term(lang: str, written: list[str]) -> None:
    terms = {tuple(analyze(word, lang)) for word in written}
    assert len(terms) == 1
    assert len(terms.pop()) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4500", "450"),
        ("4,500", "500"),
        ("3.5", "35"),
        ("3,5", "5"),
        ("12:30", "30"),
        ("3.11.7", "3.11"),
        ("C++", "C"),
        ("C#", "C++"),
        ("F-16", "16"),
        ("§ 12", "§ 13"),
        ("0.125", "125"),
        ("9,999 1,234", "9999 1 234 000"),
    ],
)
def test_other_numbers_and_names_do_not_match(one: str, other: str) -> None:
    assert set(analyze(one, "en")) != set(analyze(other, "en"))
    assert not set(analyze(one, "en")) < set(analyze(other, "en"))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Published on 14.11.2019.", "2019"),
        ("Published on 2019-11-14.", "14.11.2019"),
        ("In 2018, 300 people", "2018 300"),
        ("The COVID-19 wards", "covid"),
        ("Write to press@example.org today", "press@example.org"),
        ("Write to press@example.org today", "example"),
        ("Send an e-mail", "email"),
        ("Send an email", "e-mail"),
        ("He writes .NET code", ".net"),
        ("nach § 12 Abs. 3", "§12"),
        ("O’Brien resigns", "O'Brien"),
        ("1,2 million people", "1.2 million"),
        ("up to 4,500km of road", "4500"),
        ("paid $4.5bn for it", "4.5"),
    ],
)
def test_a_query_finds_the_text(text: str, asked: str) -> None:
    index = LexicalIndex.in_memory([(1, "en", text), (2, "en", "something else")])
    assert [found.ids.tolist() for found in index.search(asked, 10)] == [[1]]


def test_elided_words_are_found() -> None:
    passages = [(1, "fr", "Aujourd’hui l’école rouvre"), (2, "fr", "Le collège est fermé")]
    index = LexicalIndex.in_memory(passages)
    for asked in ("école", "aujourd'hui", "l'école"):
        assert [found.ids.tolist() for found in index.search(asked, 10)] == [[1]]


def test_parts_of_a_persian_word_are_found_with_and_without_the_joiner() -> None:
    index = LexicalIndex.in_memory([(1, "fa", "یک فیلم‌ساز جوان"), (2, "fa", "بهای نان")])
    for asked in ("فیلم‌ساز", "فیلمساز", "فیلم ساز"):
        assert [found.ids.tolist() for found in index.search(asked, 10)] == [[1]]


def test_an_acronym_in_capitals_is_not_a_stop_word() -> None:
    passages = [
        (1, "en", "IT workers leave the capital"),
        (2, "en", "It is raining, and jobs are few"),
        (3, "en", "Many IT jobs are in towns"),
    ]
    index = LexicalIndex.in_memory(passages)
    assert [found.ids.tolist() for found in index.search("IT", 10)] == [[1, 3]]
    assert index.search("IT jobs", 10)[0].ids[0] == 3
    assert index.search("it", 10) == []


def test_a_headline_in_capitals_is_not_made_of_acronyms() -> None:
    assert analyze("MAYOR SAYS NO TO THE BRIDGE", "en") == analyze(
        "mayor says no to the bridge", "en"
    )
