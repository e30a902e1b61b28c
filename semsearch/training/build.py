"""The whole recipe of the fast model, from tables of text to the folder of the model."""

import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from semsearch.encoders.tokenizer import PieceFile, Tokenizer
from semsearch.training.batches import PairSampler, Tokens
from semsearch.training.corpus import Corpus, load_corpus
from semsearch.training.export import export
from semsearch.training.frequency import highest_share, piece_costs, piece_weights
from semsearch.training.pieces import choose_pieces
from semsearch.training.spelling import key_table
from semsearch.training.student import Composer, Student, first_rows, own_rows_and_keys
from semsearch.training.teacher import teacher_vectors
from semsearch.training.trainer import Material, Settings, train

PIECES = 200_000
"""A choice: the size of the vocabulary."""

ROWS = 60_000
"""As many vectors of 448 dimensions as fit in 35 MB with everything else. On the development sets
fewer rows cost a tenth of what the further dimensions gained (2026-11-23)."""

LISTED_WORDS = 60_000
"""A choice: words counted of a language for which there is no list of word frequencies."""

NEWS_SOURCES = ["glossary_sentences", "glossary_terms", "news_s", "news_t", "tico19"]
NEWS_FREQUENCY = 6e-6
"""A choice: the minimum frequency of words in news texts, about that of the 10,000th word."""

TEACHER_WORDS = 22_000
"""A choice: frequent English words that the teacher encodes."""

TEACHER_SENTENCES = {
    "news_s": 500,
    "news_t": 500,
    "glossary_sentences": 2000,
    "glossary_terms": 2000,
    "tico19": 9999,
    "nextstrain_sitreps": 3000,
    "udhr": 999,
    "ruby_lang_news": 2500,
    "opensource_guide": 1500,
    "african_storybook": 1500,
    "mozilla_engagement": 1500,
    "mozilla_www": 1500,
    "bitcoin_org": 1000,
    "tatoeba_anki": 14000,
    "omw_definitions": 14000,
    "omw": 8000,
    "bible": 2500,
    "ms_security": 1500,
    "gnome_user_docs": 1000,
    "hedy": 700,
    "kolibri": 1000,
    "ms_iot": 1500,
    "ms_dynamics_smb": 1500,
    "ms_dynamics_ops": 1500,
    "python_docs": 1000,
    "hf_course": 700,
    "cldr_names": 1500,
    "id_tagging": 500,
}
"""A choice: English texts of each source that the teacher encodes, all of the news and a sample of
the rest."""


def build(data: Path, out: Path, settings: Settings, threads: int, device: str = "cpu") -> None:
    """Train the fast model and write its folder.

    Args:
        data: folder with the training tables (`*.parquet`).
        out: folder to write; `out/work` keeps intermediate results for the next run.
        settings: settings of the training.
        threads: number of CPU threads.
        device: device of the training, as PyTorch names it.
    """
    corpus = load_corpus(data)
    words = word_counts(corpus, data / "wordfreq.parquet")
    pieces = choose_pieces(words, glossary_words(corpus), PIECES)
    taught = teacher_texts(corpus, words["en"])
    make_model(corpus, words, pieces, taught, out, settings, threads, device)


def make_model(
    corpus: Corpus,
    words: Mapping[str, Counter[str]],
    pieces: Sequence[str],
    taught: Sequence[str],
    out: Path,
    settings: Settings,
    threads: int,
    device: str = "cpu",
) -> None:
    """Train a model on any corpus and write its folder.

    Args:
        corpus: the training text.
        words: word frequencies by language.
        pieces: the vocabulary, in the order of `tokenizer.in_order`.
        taught: English texts for the teacher; may be empty.
        out: folder to write; `out/work` keeps intermediate results for the next run.
        settings: settings of the training.
        threads: number of CPU threads.
        device: device of the training, as PyTorch names it.
    """
    torch.set_num_threads(threads)
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    asked = [text for _, *pair in corpus.questions for text in pair]
    texts = [*corpus.texts, *taught, *asked]
    costs = piece_costs(words, pieces)
    tokens = tokenize(texts, pieces, costs, threads, work / "tokens.npz")
    first_taught = len(corpus.texts)
    first_asked = first_taught + len(taught)
    material = Material(
        sampler=partial(PairSampler, corpus, tokens),
        tokens=tokens,
        questions=first_asked + np.arange(len(asked)).reshape(-1, 2),
        taught=first_taught + np.arange(len(taught)),
        taught_rows=english_rows(corpus, taught),
        teacher=teacher_vectors(taught, work / "teacher.npz"),
    )
    keys, _ = key_table(pieces)
    share = highest_share(words, Tokenizer(PieceFile.of(pieces), costs))
    weights = piece_weights(share)
    parts = own_rows_and_keys(keys)
    composer = Composer(parts, weights)
    student = Student(first_rows(parts, settings.dim, settings.seed).to(device))
    train(material, composer, student, settings, work / "checkpoint.pt")
    table = composer.table(student.rows)
    export(out, pieces, costs, table, weights, share, ROWS, settings.identity_dim)


def word_counts(corpus: Corpus, path: Path) -> dict[str, Counter[str]]:
    """Word frequencies by language: from the lists at `path`, else counted in the corpus."""
    listed = pd.read_parquet(path)
    words = {
        str(lang): Counter(dict(zip(group["word"], group["freq"], strict=True)))
        for lang, group in listed.groupby("lang")
    }
    for lang in sorted(set(corpus.langs) - set(words)):
        rows = np.flatnonzero(corpus.langs == lang)
        counts = Counter(word for row in rows for word in corpus.texts[row].split())
        total = counts.total()
        common = counts.most_common(LISTED_WORDS)
        words[lang] = Counter({word: count / total for word, count in common})
    for row in np.flatnonzero(np.isin(corpus.sources, NEWS_SOURCES)):
        table = words[str(corpus.langs[row])]
        for word in corpus.texts[row].lower().split():
            bare = word.strip(".,;:!?\"'«»“”„()،؛؟。，、")
            table[bare] = max(table[bare], NEWS_FREQUENCY)  # type: ignore[assignment]
    return words


def glossary_words(corpus: Corpus) -> list[str]:
    """All names and terms of the glossary and the news, in every spelling."""
    rows = np.flatnonzero(np.isin(corpus.sources, ["glossary_names", "glossary_terms", "news_t"]))
    return [corpus.texts[row] for row in rows]


def teacher_texts(corpus: Corpus, english: Counter[str]) -> list[str]:
    """English words, then English sentences, that the teacher encodes."""
    rng = np.random.default_rng(7)
    texts = [word for word, _ in english.most_common(2 * TEACHER_WORDS) if len(word) > 2]
    texts = texts[:TEACHER_WORDS]
    for source, count in TEACHER_SENTENCES.items():
        mine = np.flatnonzero((corpus.sources == source) & (corpus.langs == "en"))
        drawn = rng.permutation(mine)[:count]
        texts += [corpus.texts[row] for row in drawn if len(corpus.texts[row]) < 400]
    return list(dict.fromkeys(texts))


def english_rows(corpus: Corpus, texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """(texts,) the row of each English text in the corpus; -1 if it is not in the corpus."""
    english = np.flatnonzero(corpus.langs == "en").tolist()
    rows = {corpus.texts[row]: row for row in english}
    return np.array([rows.get(text, -1) for text in texts], dtype=np.int64)


def tokenize(
    texts: Sequence[str], pieces: Sequence[str], costs: bytes, threads: int, kept: Path
) -> Tokens:
    """The token ids of all texts, computed by several processes.

    Args:
        texts: the texts.
        pieces: the vocabulary.
        costs: the cost of each piece.
        threads: number of processes.
        kept: file that caches the result; read if texts, pieces and costs are the same.
    """
    digest = hashlib.sha256("\n".join(pieces).encode() + costs)
    for text in texts:
        digest.update(text.encode())
    key = digest.hexdigest()
    if kept.exists():
        with np.load(kept) as stored:
            if str(stored["key"]) == key:
                return Tokens(stored["flat"], stored["ends"])
    slices = [texts[start : start + 20_000] for start in range(0, len(texts), 20_000)]
    ids: list[npt.NDArray[np.int32]] = []
    with multiprocessing.get_context("fork").Pool(threads, _start_worker, (pieces, costs)) as pool:
        for part in pool.imap(_token_ids, slices):
            ids += part
    tokens = Tokens.of(ids)
    np.savez(kept, key=key, flat=tokens.flat, ends=tokens.ends)
    return tokens


_tokenizers: list[Tokenizer] = []
"""The tokenizer of a worker process."""


def _start_worker(pieces: Sequence[str], costs: bytes) -> None:
    _tokenizers.append(Tokenizer(PieceFile.of(pieces), costs))


def _token_ids(texts: Sequence[str]) -> list[npt.NDArray[np.int32]]:
    return [np.array(_tokenizers[0].ids(text), dtype=np.int32) for text in texts]
