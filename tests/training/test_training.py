"""The whole recipe on two thousand made-up pairs, and its parts by hand."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from torch import Tensor

from semsearch.encoders.static import StaticEncoder
from semsearch.encoders.tokenizer import PieceFile, Tokenizer, in_order, normalize
from semsearch.training.build import make_model
from semsearch.training.corpus import corpus_of, load_corpus
from semsearch.training.export import quantize
from semsearch.training.frequency import piece_costs
from semsearch.training.pieces import UNKNOWN, choose_pieces
from semsearch.training.sharing import share_rows
from semsearch.training.spelling import key_table, romanize, spelling_keys
from semsearch.training.student import Batch, Student
from semsearch.training.trainer import Settings

SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "se", "to", "vi", "zu")
CYRILLIC = ("ша", "ще", "жо", "цы", "чу", "фя", "хю", "дё", "гэ", "пь")


def language(syllables: tuple[str, ...]) -> list[str]:
    """A thousand words of three syllables; the n-th means the same in every language."""
    return [a + b + c for a in syllables for b in syllables for c in syllables]


def sentences(seed: int, count: int) -> list[tuple[str, str]]:
    """The same six words in two languages, each in its own order."""
    rng = np.random.default_rng(seed)
    first = language(SYLLABLES)
    second = rng.permutation(language(CYRILLIC)).tolist()
    rng = np.random.default_rng([seed, count])
    pairs = []
    for _ in range(count):
        words = rng.integers(300, size=6)
        pairs.append(
            (" ".join(first[n] for n in words), " ".join(second[n] for n in rng.permutation(words)))
        )
    return pairs


SMALL = Settings(
    steps=60, dim=64, translation_size=256, translation_blocks=2, context_blocks=0, save_every=20
)


def train_small(out: Path, settings: Settings = SMALL) -> StaticEncoder:
    """Two thousand pairs, no teacher, no other text: about ten seconds."""
    pairs = sentences(seed=1, count=2000)
    rows = pd.DataFrame(
        {
            "source": "made_up",
            "key": [str(n) for n in range(len(pairs)) for _ in range(2)],
            "lang": ["xa", "xb"] * len(pairs),
            "text": [text for pair in pairs for text in pair],
        }
    )
    corpus = corpus_of(rows, [])
    words = {
        lang: Counter(word for text in group["text"] for word in text.split())
        for lang, group in rows.groupby("lang")
    }
    words = {lang: Counter({w: n / c.total() for w, n in c.items()}) for lang, c in words.items()}
    make_model(corpus, words, choose_pieces(words, [], 4000), [], out, settings, threads=1)
    return StaticEncoder.load(out, "small")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> StaticEncoder:
    return train_small(tmp_path_factory.mktemp("model"))


def test_small_model_beats_chance_by_far(trained: StaticEncoder) -> None:
    first, second = zip(*sentences(seed=1, count=200), strict=True)
    similarities = trained.encode_queries(first) @ trained.encode_passages(second).T
    found = (similarities.argmax(axis=1) == np.arange(200)).mean()
    assert found > 0.8  # chance is 0.005


def test_an_interrupted_training_goes_on_to_the_same_model(
    trained: StaticEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = Student.learn
    steps: list[int] = []

    def interrupt(student: Student, batch: Batch, leaf: Tensor, rate: float) -> None:
        steps.append(1)
        if len(steps) == 31:
            raise KeyboardInterrupt
        learn(student, batch, leaf, rate)

    monkeypatch.setattr(Student, "learn", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train_small(tmp_path / "model")
    resumed = train_small(tmp_path / "model")
    assert len(steps) == 31 + 40  # from step 20, where it was saved last
    assert resumed.fingerprint == trained.fingerprint


def test_pieces_cover_characters_names_and_parts() -> None:
    words = {
        "de": Counter({"krieg": 0.1, "kriegs": 0.01, "ärger": 0.01}),
        "el": Counter({"ειρήνη": 0.1}),
    }
    pieces = choose_pieces(words, ["Abu Bakr al-Baghdadi"], 2300)
    assert pieces == in_order(pieces)
    assert {"abu", "bakr", "baghdadi", "krieg", "arger", "ειρηνη", "2014", "я", "ب", UNKNOWN} <= {
        *pieces
    }
    costs = piece_costs(words, pieces)
    assert len(Tokenizer(PieceFile.of(pieces), costs)) == len(pieces) == len(set(pieces))
    assert costs[pieces.index("krieg")] < costs[pieces.index("z")]
    assert "kriegs" not in pieces  # it is krieg + s


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        ("террорист", "terrorist"),
        ("παρλαμεντο", "parlamento"),
        ("कमल", "kamala"),
        ("정부", "ceopu"),
    ],
)
def test_romanize(word: str, spelt: str) -> None:
    assert romanize(normalize(word)) == spelt


def test_cognates_share_a_key_across_scripts() -> None:
    keys = [set(spelling_keys(normalize(w))) for w in ("terroristen", "террористы", "Terrorist")]
    assert set.intersection(*keys)


def test_keys_of_one_piece_alone_are_left_out() -> None:
    table, rows = key_table(["peace", "peaceful", "qux"])
    assert rows == 1
    assert table[0, 0] == table[1, 0] == 0
    assert (table[2] == -1).all()


def test_rare_pieces_share_the_row_of_the_nearest_common_one() -> None:
    table = np.array([[1, 0], [0, 1], [0.9, 0.1], [0.1, 0.9], [-1, -1]], dtype=np.float32)
    importance = np.array([5.0, 4.0, 1.0, 1.0, 1.0])
    kept, mapping = share_rows(table, importance, 3)
    assert kept.tolist() == [0, 1, 4]
    assert mapping.tolist() == [0, 1, 0, 1, 2]


def test_quantized_rows_are_near() -> None:
    table = np.random.default_rng(3).normal(size=(50, 16)).astype(np.float32)
    table[7] = 0
    rows, scales = quantize(table)
    assert np.abs(rows * scales[:, None] - table).max() <= scales.max() / 2 + 1e-6
    assert not (rows[7] * scales[7]).any()


def test_glossary_cells_become_rows_that_share_a_meaning(tmp_path: Path) -> None:
    (tmp_path / "names.tsv").write_text(
        "topic\ten\tar\nx\tDaesh | ISIS\tداعش\nx\tNATO\t\n", "utf-8"
    )
    corpus = load_corpus(None, tmp_path)
    assert sorted(corpus.texts) == ["Daesh", "ISIS", "NATO", "داعش"]
    meaning = dict(zip(corpus.texts, corpus.meanings, strict=True))
    assert meaning["Daesh"] == meaning["ISIS"] == meaning["داعش"] != meaning["NATO"]
