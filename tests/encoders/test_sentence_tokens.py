"""Passages as tokens: stored sentence by sentence, the same as those of their text."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch import ChunkSettings, IndexDamaged, SearchIndex, repair, verify
from semsearch.encoders import bundled_encoder
from semsearch.encoders.sentence_tokens import (
    article_sentences,
    marked_tokens,
    sentences,
    without_marks,
)
from semsearch.store import WITHOUT_TOKENS, Reader, Writer
from semsearch.store.rows import pack_token_ids, unpack_token_ids
from semsearch.text.sentences import sentence_spans
from semsearch.types import TokenIds

STORY = "The dam broke. Water reached the town at dawn.\n\nالسد انهار. 大坝垮塌。救援开始。"
WORDS = st.sampled_from(["dam", "water", "السد", "大坝。救援", "เขื่อน", "14", "...", "!", "?"])


def lists(tokens: list[TokenIds]) -> list[list[int]]:
    return [each.tolist() for each in tokens]


def test_the_title_stands_before_the_sentences() -> None:
    encoder = bundled_encoder()
    (passage,) = marked_tokens(encoder, [("Flood", "The dam broke. 大坝垮塌。")])
    title, *both = encoder.token_ids(["Flood", "The dam broke.", "大坝垮塌。"])
    assert lists(sentences(passage)) == lists(both)
    assert without_marks(passage).tolist() == [*title, *both[0], *both[1]]


@given(text=st.lists(WORDS, max_size=30).map(" ".join), title=st.sampled_from(["", "Dam news"]))
def test_tokens_by_sentence_are_those_of_the_text(text: str, title: str) -> None:
    encoder = bundled_encoder()
    (passage,) = marked_tokens(encoder, [(title, text)])
    assert len(sentences(passage)) == len(sentence_spans(text))
    (alone,) = encoder.token_ids([f"{title}\n{text}"])
    assert without_marks(passage).tolist() == alone.tolist()


@given(st.lists(st.integers(0, (1 << 24) - 1)))
def test_what_is_packed_is_found_again(numbers: list[int]) -> None:
    packed = pack_token_ids(np.array(numbers, dtype=np.int32))
    assert len(packed) == 3 * len(numbers)
    assert unpack_token_ids(packed).tolist() == numbers


def test_a_sentence_that_two_passages_have_counts_once() -> None:
    encoder = bundled_encoder()
    text = "One dam. Two towns. Three rivers."
    first, second = "One dam. Two towns.", "Two towns. Three rivers."
    passages = marked_tokens(encoder, [("Flood", first), ("Flood", second)])
    found = article_sentences(text, [(0, 19, passages[0]), (9, 33, passages[1])])
    assert lists(found) == lists(
        encoder.token_ids(["Flood", "One dam.", "Two towns.", "Three rivers."])
    )


def test_sentences_without_tokens_are_no_part_of_an_article() -> None:
    encoder = bundled_encoder()
    (passage,) = marked_tokens(encoder, [("", "One dam. 🙂🙂! Two towns.")])
    assert len(sentences(passage)) == 3
    assert len(article_sentences("", [(0, 0, passage)])) == 2


@pytest.fixture
def index(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    for name in ("one", "two"):
        (tmp_path / "news" / f"{name}.txt").write_text(f"{name} story\n\n{STORY}", encoding="utf-8")
    settings = ChunkSettings(max_tokens=12, overlap_tokens=6)
    SearchIndex.build([tmp_path / "news"], tmp_path / "index", settings=settings).close()
    return tmp_path / "index"


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "semsearch.db", isolation_level=None)) as db:
        db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE pieces SET ids = x'010000'", "the token list of passage 1 has changed"),
        ("DELETE FROM pieces WHERE chunk = 1", "passage 1 of article one.txt has no token list"),
    ],
)
def test_damage_to_them_is_noticed_and_mended(index: Path, statement: str, told: str) -> None:
    before = SearchIndex.open(index).search("when did the dam break?").hits
    change(index, statement)
    with pytest.raises(IndexDamaged, match="token list of passage"):
        SearchIndex.open(index).search("when did the dam break?")
    assert told in [damage.what for damage in verify(index)]
    repair(index)
    assert not list(verify(index))
    assert SearchIndex.open(index).search("when did the dam break?").hits == before


def test_they_go_with_their_article(index: Path) -> None:
    SearchIndex.open(index).remove("one.txt")
    with closing(sqlite3.connect(index / "semsearch.db")) as db:
        assert (
            db.execute("SELECT chunk FROM pieces").fetchall()
            == db.execute("SELECT id FROM chunks").fetchall()
        )


def test_an_index_of_a_transformer_has_the_tokens_of_the_fast_model(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for name, text in [("dam", STORY), ("fair", "The book fair opened. Readers came by train.")]:
        (tmp_path / "news" / f"{name}.txt").write_text(text, encoding="utf-8")
    folder = tmp_path / "index"
    index = SearchIndex.build([tmp_path / "news"], folder, model="multilingual")
    with Reader(folder) as reader:
        assert reader.meta().aligner == bundled_encoder().fingerprint
    assert list(verify(folder)) == []
    stored = index.search("flooded town", explain=True)
    with Writer(folder) as writer, writer.transaction():
        writer.set_meta(WITHOUT_TOKENS)
    computed = SearchIndex.open(folder).search("flooded town", explain=True)
    assert [hit.doc_id for hit in stored.hits] == ["dam.txt", "fair.txt"]
    assert [(hit.score, hit.explanation) for hit in computed.hits] == [
        (hit.score, hit.explanation) for hit in stored.hits
    ]
