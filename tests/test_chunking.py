"""Articles are cut into passages of whole sentences that fit the model."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.chunking import CountTokens, chunk_text
from semsearch.config import ChunkSettings
from semsearch.errors import InputError
from semsearch.text.sentences import sentence_spans

SCRIPTS = [
    "Le Maroc a pris part à la réunion. Il était représenté par M. Yazourh, à Washington. Fin.",
    "هل ستشارك المغرب في الاجتماع؟ نعم، سيشارك وزير الخارجية في واشنطن. انتهى الخبر.",
    "摩洛哥参加了在华盛顿举行的会议。会议由国务卿主持，各国代表出席。为什么？",
    "首相は「来週行く。」と述べた。詳細は不明だ。本当か？",
    "प्रधानमंत्री ने कहा। क्या यह सच है? मंत्रि‍मंडल की बैठक वॉशिंगटन में हुई।",
    "นายกรัฐมนตรีกล่าวว่า รัฐบาลจะดำเนินการต่อไป ประชาชนเข้าร่วมชุมนุมในกรุงเทพฯ เป็นจำนวนมาก",
    "👨‍👩‍👧‍👦🇲🇦🇫🇷👍🏽‼️ e\u0301a\u0302\u0323 각 한국어 문장이다. Việt Nam\r\n\r\n\tкіт.\n\n",
]
texts = st.lists(
    st.sampled_from(SCRIPTS)
    | st.sampled_from([word for text in SCRIPTS for word in regex.split(r"\b", text)])
    | st.text(st.characters(codec="utf-8"), max_size=8)
    | st.sampled_from("\n .。,，\u0301\u200d"),
    max_size=40,
).map("".join)


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def count_characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def count_unevenly(texts: Sequence[str]) -> list[int]:
    """As byte-pair merges do: a whole costs more, or less, than its parts together."""
    return [len(re.findall(r"\w{1,3}|[^\w]", text)) + (hash_of(text) % 5) for text in texts]


def hash_of(text: str) -> int:
    return sum(map(ord, text))


def chunks_of(
    text: str, max_tokens: int, overlap_tokens: int = 0, count: CountTokens = count_words
) -> list[str]:
    return [
        chunk.text for chunk in chunk_text(text, count, ChunkSettings(max_tokens, overlap_tokens))
    ]


@given(
    texts, st.integers(1, 60), st.integers(0, 40), st.sampled_from([count_characters, count_words])
)
@example("a" + "\u0301" * 30, 4, 0, count_characters)
@settings(max_examples=300, deadline=None)
def test_properties(text: str, max_tokens: int, overlap_tokens: int, count: CountTokens) -> None:
    chunks = chunk_text(text, count, ChunkSettings(max_tokens, overlap_tokens))
    covered: set[int] = set()
    graphemes = [match.span() for match in regex.finditer(r"\X", text)]
    sentence_starts = {start for start, _ in sentence_spans(text)}
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
        assert count([chunk.text])[0] <= max_tokens
        covered.update(range(chunk.start, chunk.end))
    assert all(text[i].isspace() for i in set(range(len(text))) - covered)
    for before, after in pairwise(chunks):
        assert before.start < after.start
        assert before.end < after.end
        shared = text[after.start : before.end]
        if shared:
            assert after.start in sentence_starts
            assert sum(count([shared[a:b] for a, b in sentence_spans(shared)])) <= overlap_tokens
    cuts = {offset for chunk in chunks for offset in (chunk.start, chunk.end)}
    for start, end in graphemes:
        # A mark alone on a white space (" \u0301") is one grapheme; the space is trimmed off.
        fits = count([text[start:end].strip()])[0] <= max_tokens
        assert not any(start < cut < end for cut in cuts) or text[start].isspace() or not fits


@given(texts, st.integers(8, 60), st.integers(0, 20))
@settings(max_examples=200, deadline=None)
def test_the_budget_is_kept_when_token_counts_do_not_add_up(
    text: str, max_tokens: int, overlap_tokens: int
) -> None:
    chunks = chunk_text(text, count_unevenly, ChunkSettings(max_tokens, overlap_tokens))
    assert all(count <= max_tokens for count in count_unevenly([chunk.text for chunk in chunks]))


def test_tokens_are_counted_in_two_batches() -> None:
    calls: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return count_words(texts)

    chunk_text("One two three. " * 100, count, ChunkSettings(max_tokens=30))
    assert calls == [100, 10]


@pytest.mark.parametrize(
    ("text", "max_tokens", "expected"),
    [
        (
            "Mr. Smith came to Washington. He met the U.S. envoy. They spoke for an hour.",
            10,
            ["Mr. Smith came to Washington. He met the U.S. envoy.", "They spoke for an hour."],
        ),
        (
            "هل ستشارك المغرب في الاجتماع؟ نعم، سيشارك وزير الخارجية في واشنطن. انتهى الخبر.",
            8,
            [
                "هل ستشارك المغرب في الاجتماع؟",
                "نعم، سيشارك وزير الخارجية في واشنطن. انتهى الخبر.",
            ],
        ),
        (
            "प्रधानमंत्री ने कहा। क्या यह सच है? बैठक वॉशिंगटन में हुई।",
            8,
            ["प्रधानमंत्री ने कहा। क्या यह सच है?", "बैठक वॉशिंगटन में हुई।"],
        ),
    ],
)
def test_whole_sentences(text: str, max_tokens: int, expected: list[str]) -> None:
    assert chunks_of(text, max_tokens) == expected


@pytest.mark.parametrize(
    ("text", "max_tokens", "expected"),
    [
        (
            "摩洛哥参加了会议。各国代表出席了会议。为什么？因为安全。",
            20,
            ["摩洛哥参加了会议。各国代表出席了会议。", "为什么？因为安全。"],
        ),
        (
            "首相は「来週行く。」と述べた。詳細は不明だ。本当か？",
            15,
            ["首相は「来週行く。」と述べた。", "詳細は不明だ。本当か？"],
        ),
        (
            "นายกรัฐมนตรีกล่าวว่า รัฐบาลจะดำเนินการต่อไป ประชาชนเข้าร่วมชุมนุมในกรุงเทพฯ เป็นจำนวนมาก",
            60,
            [
                "นายกรัฐมนตรีกล่าวว่า รัฐบาลจะดำเนินการต่อไป",
                "ประชาชนเข้าร่วมชุมนุมในกรุงเทพฯ เป็นจำนวนมาก",
            ],
        ),
        ("一二三四，五六七八九，十百千。", 8, ["一二三四，", "五六七八九，", "十百千。"]),
    ],
)
def test_scripts_without_spaces(text: str, max_tokens: int, expected: list[str]) -> None:
    assert chunks_of(text, max_tokens, count=count_characters) == expected


def test_overlap_repeats_whole_sentences() -> None:
    text = "One two three four. Five six. Seven eight nine ten. Alpha beta. Gamma delta epsilon."
    assert chunks_of(text, 8, overlap_tokens=3) == [
        "One two three four. Five six.",
        "Five six. Seven eight nine ten. Alpha beta.",
        "Alpha beta. Gamma delta epsilon.",
    ]


def test_no_overlap_where_a_whole_sentence_does_not_fit() -> None:
    text = "One two three four five. Six seven eight nine ten."
    assert chunks_of(text, 6, overlap_tokens=4) == [
        "One two three four five.",
        "Six seven eight nine ten.",
    ]


def test_paragraphs_stay_together() -> None:
    text = "One two. Three four. Five.\n\nSix.\n\nSeven eight. Nine ten. Eleven twelve."
    assert chunks_of(text, 8) == [
        "One two. Three four. Five.\n\nSix.",
        "Seven eight. Nine ten. Eleven twelve.",
    ]


def test_passages_are_about_equally_long() -> None:
    lengths = [len(chunk.split()) for chunk in chunks_of("One two. " * 11, 20)]
    assert lengths in ([10, 12], [12, 10])


def test_a_long_sentence_is_cut_after_a_clause_else_between_words() -> None:
    text = "one two three four five, six seven eight nine ten eleven twelve thirteen"
    assert chunks_of(text, 8) == [
        "one two three four five,",
        "six seven eight nine ten eleven twelve thirteen",
    ]


def test_a_long_word_is_cut_between_graphemes() -> None:
    families = "👨‍👩‍👧‍👦" * 10
    assert set(chunks_of(families, 25, count=count_characters)) <= {
        "👨‍👩‍👧‍👦" * n for n in range(1, 4)
    }


def test_a_character_over_the_budget_is_a_passage_of_its_own() -> None:
    def count(texts: Sequence[str]) -> list[int]:
        return [sum(4 if char == "𒀀" else 1 for char in text) for text in texts]

    assert chunks_of("ab𒀀cd", 2, count=count) == ["ab", "𒀀", "cd"]


def test_an_empty_article_has_no_passages() -> None:
    assert chunks_of("", 10) == chunks_of(" \n\n", 10) == []


@pytest.mark.parametrize(
    "settings", [ChunkSettings(max_tokens=0), ChunkSettings(overlap_tokens=-1)]
)
def test_settings_without_room_are_refused(settings: ChunkSettings) -> None:
    with pytest.raises(InputError, match="at least 1 token"):
        chunk_text("Some text.", count_words, settings)
