"""A batch of words has the same tokens as the words one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.encoders.static import BUNDLED, StaticEncoder
from semsearch.encoders.tokenizer import FIRST_BATCH, PieceFile, Tokenizer, in_order, normalize
from semsearch.encoders.viterbi import PieceTable
from tests.paths import SEEDS


def table(pieces: list[str], costs: list[int]) -> PieceTable:
    return PieceTable(PieceFile.of(pieces).lines, bytes(costs))


def test_the_cheapest_segmentation_wins_and_unknown_characters_separate() -> None:
    tokenize = table(["a", "ab", "abc", "b", "bc", "c"], [9, 5, 20, 9, 9, 5]).tokenize
    assert tokenize(["abc", "ab-a!", "", "-"]) == [(1, 5), (1, 0), (), ()]


def test_of_equal_segmentations_the_one_with_the_longest_last_piece_wins() -> None:
    assert table(["a", "ab", "b", "bc", "c"], [4] * 5).tokenize(["abc"]) == [(0, 3)]


def test_a_piece_whose_first_character_is_no_piece_is_never_found() -> None:
    assert table(["[x]", "x"], [1, 9]).tokenize(["[x]", "x"]) == [(1,), (1,)]


def test_no_words() -> None:
    assert table(["a"], [1]).tokenize([]) == []


LETTERS = "abcd"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_gives_the_tokens_of_the_tokenizer(data: st.DataObject) -> None:
    longer = data.draw(st.sets(st.text(LETTERS, min_size=2, max_size=7), max_size=30))
    pieces = in_order({*LETTERS, *longer})
    costs = bytes(data.draw(st.integers(1, 255)) for _ in pieces)
    words = data.draw(st.lists(st.text(LETTERS + "-é中", max_size=30), max_size=20))
    file = PieceFile.of(pieces)
    one_by_one = Tokenizer(file, costs)
    found = PieceTable(file.lines, costs).tokenize(words)
    assert found == [tuple(one_by_one.ids(word)) for word in words]


def passages() -> list[str]:
    """The texts of the seeds, and words that occur in none of them."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.rglob("*.txt"))]
    return [*texts, "", " ".join(f"{n:x}politik{n}" for n in range(FIRST_BATCH))]


def test_many_new_words_give_the_same_vectors_as_one_text_at_a_time() -> None:
    texts = passages()
    many = StaticEncoder.load(BUNDLED, "bundled").encode_passages(texts)
    single = StaticEncoder.load(BUNDLED, "bundled")
    assert np.array_equal(many, np.concatenate([single.encode_passages([t]) for t in texts]))


@pytest.mark.parametrize("kept", [10, 10_000])
def test_forgetting_words_changes_nothing(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr("semsearch.encoders.tokenizer.CACHED_WORDS", kept)
    encoder = StaticEncoder.load(BUNDLED, "bundled")
    texts = passages()
    first, second = encoder.encode_passages(texts), encoder.encode_passages(texts[::-1])
    assert np.array_equal(first, second[::-1])


def test_every_piece_of_the_bundled_model_is_found_by_its_hash() -> None:
    lines = (BUNDLED / "pieces.txt").read_bytes()
    pieces = lines.decode().split("\n")
    ones = PieceTable(
        lines, bytes([1] * len(pieces))
    )  # every cost equal: a known word is one piece
    whole = [n for n, piece in enumerate(pieces) if normalize(piece) == piece]
    assert ones.tokenize([pieces[n] for n in whole]) == [(n,) for n in whole]
