"""Sentences and their English versions, on which the language-neutral projection is fitted.

`translations.tsv` comes with the package. `gather` drew it from the training text, preferring news
and prose. Columns: source, lang, text, english.
"""

import csv
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from semsearch.errors import InputError
from semsearch.training.corpus import GLOSSARY, VARIANTS
from semsearch.training.neutral import Translations
from semsearch.types import Embeddings, Encoder, Progress, no_progress

FILE = Path(__file__).parent / "translations.tsv"
"""The sentences that come with the package."""

SENTENCES = 120
"""For each language. With 60, the MRR@10 of the model `multilingual` is the same within 0.003."""

DRAWN_FROM = 240
"""Sentences of each language drawn from the training text, before `SENTENCES` of them and of our
own are chosen at random: a choice."""

SHORTEST, LONGEST = 25, 400
"""Length of a sentence and of its English version, in characters: a choice that leaves out headings
and paragraphs."""

SOURCES = {
    "tico19": 120,
    "nextstrain_sitreps": 60,
    "opensource_guide": 60,
    "udhr": 25,
    "african_storybook": 25,
    "bitcoin_org": 25,
    "gnome_user_docs": 120,
    "ms_security": 100,
    "python_docs": 20,
}
"""The most sentences to draw from each source, in order of preference: a choice. Their licences are
in the model card."""

SLICE = 256
"""Sentences that are encoded and stored together; an interruption loses one such slice at most."""

Sentences = dict[str, list[tuple[str, str]]]
"""By language: text and English version."""


def gather(data: Path, path: Path = FILE) -> None:
    """Writes the table.

    Args:
        data: folder with the `*.parquet` files of training text.
        path: the table, a TSV file.
    """
    filters = [("source", "in", list(SOURCES))]
    rows = pd.read_parquet(data / "train_parallel.parquet", filters=filters)
    rows = rows[rows["pivot_lang"] == "en"].rename(columns={"pivot": "english"})
    for column in ("text", "english"):
        rows = rows[rows[column].str.len().between(SHORTEST, LONGEST)]
        rows = rows[~rows[column].str.contains('[\t\n\r"]')]
    parts = [_own_sentences()]
    for _, group in rows.groupby("lang", observed=True):
        room = DRAWN_FROM
        for source, most in SOURCES.items():
            some = group[group["source"] == source]
            some = some.sample(min(most, room, len(some)), random_state=0)
            room -= len(some)
            parts.append(some)
    drawn: list[tuple[str, ...]] = []
    columns = ["source", "lang", "text", "english"]
    for _, group in pd.concat(parts).groupby("lang", sort=False):
        some = list(group[columns].itertuples(index=False, name=None))
        random.Random(0).shuffle(some)
        drawn += some[:SENTENCES]
    table = pd.DataFrame(drawn, columns=columns)
    table.to_csv(path, sep="\t", index=False, quoting=csv.QUOTE_NONE)


def read(path: Path = FILE) -> Sentences:
    """The sentences in a table, by language.

    Raises:
        InputError: the table cannot be read.
    """
    found: Sentences = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                found.setdefault(row["lang"], []).append((row["text"], row["english"]))
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read: {error}. It must be a UTF-8 file of tab-separated columns "
            "source, lang, text, english."
        ) from error
    return found


def encode(
    encoder: Encoder,
    sentences: Sentences,
    work: Path,
    progress: Progress = no_progress,
) -> dict[str, Translations]:
    """Encodes every sentence and every English version, as passage and as query.

    Args:
        encoder: the model to fit a projection to.
        sentences: by language.
        work: folder for the vectors; a second call with the same encoder and sentences continues
            where the first was interrupted.
        progress: called with the number of slices done and the total.
    """
    texts = list(dict.fromkeys(text for rows in sentences.values() for row in rows for text in row))
    digest = hashlib.sha256("\n".join([encoder.fingerprint, *texts]).encode()).hexdigest()
    kept = work / f"vectors-{digest[:16]}"
    kept.mkdir(parents=True, exist_ok=True)
    steps = [(kind, start) for kind in ("passages", "queries") for start in _starts(texts)]
    vectors: dict[str, list[Embeddings]] = {"passages": [], "queries": []}
    for done, (kind, start) in enumerate(steps, start=1):
        file = kept / f"{kind}-{start}.npy"
        if not file.exists():
            encode_some = encoder.encode_passages if kind == "passages" else encoder.encode_queries
            partial = file.with_suffix(".partial.npy")
            np.save(partial, encode_some(texts[start : start + SLICE]))
            partial.replace(file)
        vectors[kind].append(np.load(file))
        progress(done, len(steps))
    passages, queries = (np.concatenate(parts) for parts in vectors.values())
    places = {text: place for place, text in enumerate(texts)}
    found = {}
    for lang, rows in sentences.items():
        here, there = ([places[text] for text in side] for side in zip(*rows, strict=True))
        found[lang] = Translations(passages[here], queries[here], passages[there], queries[there])
    return found


def _starts(texts: Sequence[str]) -> range:
    return range(0, len(texts), SLICE)


def _own_sentences() -> pd.DataFrame:
    """The news sentences written for this project."""
    table = pd.read_csv(
        GLOSSARY / "sentences.tsv",
        sep="\t",
        dtype=str,
        keep_default_na=False,
        quoting=csv.QUOTE_NONE,
    )
    first = table.drop(columns="topic").map(lambda cell: cell.split(VARIANTS)[0].strip())
    rows = first.melt(id_vars="en", var_name="lang", value_name="text")
    rows = rows[(rows["text"] != "") & (rows["en"] != "")]
    return rows.rename(columns={"en": "english"}).assign(source="semsearch_news")
