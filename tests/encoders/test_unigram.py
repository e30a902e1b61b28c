"""The unigram tokenizer splits text as Hugging Face `tokenizers` does with the same pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from semsearch.encoders.onnx import MULTILINGUAL
from semsearch.encoders.static import map_tensors
from semsearch.encoders.unigram import UnigramTokenizer, normalize
from tests.paths import SEEDS

PIECES = [
    ("\u2581", -3.93), ("\u2581the", -5.5), ("\u2581min", -8.25), ("min", -8.5), ("ist", -7.125),
    ("er", -6.0), ("\u2581minister", -10.5), ("s", -5.07), ("t", -6.1), ("h", -8.2), ("e", -5.2),
    ("m", -7.9), ("i", -5.3), ("n", -6.2), ("r", -7.0), ("\u00e9", -8.8), ("\u4e2d", -9.1),
    ("\u4e2d\u56fd", -9.4), ("\u56fd", -9.6), ("\u2581\u4e2d\u56fd", -10.9), ("aa", -9.0),
    ("a", -4.5),
]  # fmt: skip
UNKNOWN = len(PIECES)


@pytest.fixture(scope="module")
def tokenizer() -> UnigramTokenizer:
    pieces, scores = zip(*PIECES, strict=True)
    lines = "\n".join(pieces).encode()
    return UnigramTokenizer(lines, np.array(scores, dtype=np.float32), UNKNOWN)


@pytest.fixture(scope="module")
def reference() -> Tokenizer:
    made = Tokenizer(models.Unigram([*PIECES, ("\0", 0.0)], unk_id=UNKNOWN))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    return made


def test_the_likeliest_cut_is_chosen(tokenizer: UnigramTokenizer) -> None:
    # ▁minister costs 10.5, ▁min + ist + er would cost 21.375.
    assert tokenizer.ids("the ministers") == [1, 6, 7]


def test_equally_likely_cuts_end_in_the_longest_piece(tokenizer: UnigramTokenizer) -> None:
    # After ▁, a + a and aa both cost 9.0.
    assert tokenizer.ids("aa") == [0, 20]


def test_unknown_characters_leave_one_mark_where_they_stand(tokenizer: UnigramTokenizer) -> None:
    assert tokenizer.ids("e\U00010330\U00010331e") == [0, 10, UNKNOWN, 10]


def test_a_text_of_unknown_characters_is_meaningless(tokenizer: UnigramTokenizer) -> None:
    assert tokenizer.meaningless.issuperset(tokenizer.ids("\U00010330 \U00010331"))
    assert not tokenizer.meaningless.issuperset(tokenizer.ids("\U00010330 e"))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ｎｏ．\u00a07", "No. 7"),
        ("می\u200cرود", "می رود"),
        ("a\u0301", "\u00e1"),
        ("a\x07b", "ab"),
        ("10\uff5e12", "10\uff5e12"),
    ],
)
def test_text_is_normalised_as_sentencepiece_does(text: str, normal: str) -> None:
    assert normalize(text) == normal


@settings(max_examples=500, deadline=None)
@given(text=st.text(st.sampled_from("themisnra\u00e9\u4e2d\u56fd \u0e01\U0001f600"), max_size=60))
def test_the_same_pieces_as_tokenizers(
    tokenizer: UnigramTokenizer, reference: Tokenizer, text: str
) -> None:
    words = " ".join(text.split())
    expected = reference.encode(words).ids if words else []
    assert tokenizer.ids(text) == expected


def test_the_vocabulary_in_the_package_cuts_articles_as_tokenizers_does() -> None:
    lines = (MULTILINGUAL / "pieces.txt").read_bytes()
    scores = map_tensors(MULTILINGUAL / "model.safetensors")["scores"]
    tokenizer = UnigramTokenizer(lines, scores, len(scores))
    scored = [*zip(lines.decode().split("\n"), scores.tolist(), strict=True), ("\0", 0.0)]
    reference = Tokenizer(models.Unigram(scored, unk_id=len(scores)))
    reference.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    texts = [path.read_text("utf-8") for path in sorted(SEEDS.rglob("*.txt"))]
    texts += ["中国外交部发言人昨天表示", "การประชุมสุดยอดอาเซียน", "Встреча министров", "संयुक्त राष्ट्र"]
    for text in texts:
        words = " ".join(normalize(text).split())
        assert tokenizer.ids(text) == reference.encode(words).ids
