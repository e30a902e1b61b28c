"""Where sentences end in many scripts, and what may be printed."""

import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.text import sanitize, sentence_spans

SENTENCES = {
    "fr": [
        "M. Dupont est venu le 3 mai 2019.",
        "« Vous partez ? » demanda-t-il.",
        "« Non ! »",
        "Fin.",
    ],
    "en": [
        "Mr. Smith of the U.S. Army paid $3.5 million.",
        'He said "Go."',
        "Then what?!",
        "Done.",
    ],
    "de": ["Am 3. Oktober kam Dr. Müller.", "„Wir gehen.“", "Dann fuhr er z. B. nach Köln."],
    "es": ["¿Quién viene hoy?", "¡El Sr. García!", "No vino nadie."],
    "ru": ["В 2019 г. в Москве прошла встреча.", "Кто приехал?", "Никто."],
    "el": ["Τι είναι αυτό;", "Δεν ξέρω."],
    "ar": ["هل ستشارك المغرب في الاجتماع؟", "نعم، سيشارك د. محمد علي.", "انتهى الخبر."],
    "ur": ["وزیر نے کہا۔", "کیا یہ سچ ہے؟", "ہاں۔"],
    "fa": ["وزیر می‌گوید جلسه فردا است.", "آیا می‌آیند؟"],
    "he": ["השר הגיע אתמול.", "מה קרה?"],
    "hi": ["प्रधानमंत्री ने कहा।", "क्या यह सच है?", "हाँ।"],
    "ka": ["წავიდა სახლში.", "მერე დაბრუნდა."],
    "am": ["ሰላም ነው።", "መልካም ቀን።"],
    "ko": ["대통령이 서울에서 말했다.", "누가 왔습니까?", "아무도 없었다."],
}
UNSPACED = {
    "zh": ["他说：“我们会来。”", "然后离开了。", "为什么？！", "因为有3.5亿人。", "“是的。”"],
    "ja": [
        "首相は「来週行く。」と述べた。",
        "詳細は不明だ。",
        "本当か？",
        "『はい。』",
        "彼は答えた。",
    ],
    "km": ["លោកបាននិយាយ។", "គាត់បានទៅ។"],
    "my": ["သူလာသည်။", "ပြန်သွားသည်။"],
}


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize("lang", SENTENCES)
def test_sentences_with_spaces_between(lang: str) -> None:
    assert sentences(" ".join(SENTENCES[lang])) == SENTENCES[lang]


@pytest.mark.parametrize("lang", UNSPACED)
def test_sentences_without_spaces_between(lang: str) -> None:
    assert sentences("".join(UNSPACED[lang])) == UNSPACED[lang]


def test_thai_has_phrases_instead_of_sentences() -> None:
    text = (
        "นายกรัฐมนตรีกล่าวว่า รัฐบาลจะดำเนินการต่อไป เมื่อวันที่ 5 พฤศจิกายน 2562 ที่ผ่านมา "
        "ประชาชนต่าง ๆ เข้าร่วมชุมนุมในกรุงเทพฯ เป็นจำนวนมาก"
    )
    assert sentences(text) == [
        "นายกรัฐมนตรีกล่าวว่า รัฐบาลจะดำเนินการต่อไป",
        "เมื่อวันที่ 5 พฤศจิกายน 2562 ที่ผ่านมา ประชาชนต่าง ๆ",
        "เข้าร่วมชุมนุมในกรุงเทพฯ เป็นจำนวนมาก",
    ]


def test_lines_end_sentences() -> None:
    assert sentences("A headline\nFirst. Second.\r\n\r\nThird") == [
        "A headline",
        "First.",
        "Second.",
        "Third",
    ]


def test_a_line_broken_at_a_margin_does_not() -> None:
    text = (
        "Die Verhandlungen in Genf sind am Abend ohne ein Ergebnis zu Ende\n"
        "Gegangen, wie der Sprecher der Delegation sagte. Sie sollen morgen\n"
        "Vormittag fortgesetzt werden.\n\nEin neuer Absatz."
    )
    assert [sentence.replace("\n", " ") for sentence in sentences(text)] == [
        "Die Verhandlungen in Genf sind am Abend ohne ein Ergebnis zu Ende "
        "Gegangen, wie der Sprecher der Delegation sagte.",
        "Sie sollen morgen Vormittag fortgesetzt werden.",
        "Ein neuer Absatz.",
    ]


def test_a_line_that_goes_on_with_a_small_letter_is_joined() -> None:
    text = "Le secrétaire général a souligné que tous les Alliés étaient\nd'accord. Il est parti."
    assert len(sentences(text)) == 2


def test_no_text_no_sentences() -> None:
    assert sentence_spans("") == sentence_spans(" \n\t\u3000") == []


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("a. \n。？!’”ๆ ก«»\u0301\u200d")))
@example("a.\u3000\u0301b。\u200dc")
@settings(max_examples=300)
def test_every_character_is_in_one_sentence(text: str) -> None:
    spans = sentence_spans(text)
    held = [i for start, end in spans for i in range(start, end)]
    assert held == sorted(set(held))
    assert all(text[i].isspace() for i in set(range(len(text))).difference(held))
    assert all(text[a:b] and text[a:b] == text[a:b].strip() for a, b in spans)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc\r\nd\u2028e", "a b c d e"),
        ("\x1b[31mred\x1b]0;title\x07", "\ufffd[31mred\ufffd]0;title\ufffd"),
        ("\x9b31mC1", "\ufffd31mC1"),
        ("photo\u202egnp.exe\u202c", "photognp.exe"),
        ("\u2066a\u2069\ufeffb\u2060c", "abc"),
        ("\ud800x", "\ufffdx"),
        ("می‌گوید", "می‌گوید"),
        ("क्‍ष 👨‍👩‍👧", "क्‍ष 👨‍👩‍👧"),
        ("مرحبا\u200f!", "مرحبا\u200f!"),
    ],
)
def test_sanitize(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_nothing_printed_is_a_control_character() -> None:
    shown = sanitize("".join(map(chr, range(sys.maxunicode + 1))))
    shown.encode()
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    bidi = {unicodedata.bidirectional(char) for char in shown}
    assert not bidi & {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert sanitize(shown) == shown
