"""The training text: rows gathered from several tables, with the number of their meaning.

A row is one text in one language. Rows with the same meaning are translations of each other, and
the rows of a document keep their order; the batches are drawn from both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

GLOSSARY = Path(__file__).parent / "glossary"
"""News terms, names and sentences in many languages, written for this project."""

VARIANTS = " | "
"""Separator of several spellings in one cell of the glossary."""

SOURCE_WEIGHTS = {
    # News, or written much like it.
    "glossary_sentences": 30.0,
    "glossary_terms": 20.0,
    "glossary_names": 12.0,
    "news_s": 30.0,
    "news_t": 20.0,
    "tico19": 6.0,
    "nextstrain_sitreps": 6.0,
    "udhr": 6.0,
    # Prose by people.
    "opensource_guide": 3.0,
    "african_storybook": 3.0,
    "mozilla_engagement": 3.0,
    "ruby_lang_news": 2.0,
    "mozilla_www": 1.5,
    "bitcoin_org": 1.5,
    "tatoeba_anki": 1.5,
    "ms_security": 1.0,
    "bible": 0.8,
    "gnome_user_docs": 0.6,
    # Dictionaries.
    "omw": 1.2,
    "omw_definitions": 1.0,
    "cldr_names": 1.0,
    "id_tagging": 0.5,
}
"""A choice: the weight with which a row of each source is drawn."""

MANUAL_WEIGHT = 0.3
"""A choice: the weight of all other sources. They are technical manuals, most of the text."""

WITHOUT_CONTEXT = frozenset(
    {"omw", "omw_definitions", "cldr_names", "id_tagging", "tatoeba_anki", "godot_editor", "tldr"}
    | {"kolibri", "glossary_terms", "glossary_names", "glossary_sentences", "news_s", "news_t"}
)
"""Sources whose neighbouring rows are unrelated."""


@dataclass(frozen=True)
class Corpus:
    """Rows sorted by source and language, within these in document order."""

    texts: list[str]
    langs: npt.NDArray[np.str_]
    """(rows,) ISO 639-1."""
    sources: npt.NDArray[np.str_]
    """(rows,) names of the sources."""
    meanings: npt.NDArray[np.int64]
    """(rows,) equal for translations of each other."""
    questions: list[tuple[str, str, str]]
    """(language, question, passage that answers it)."""

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """(rows,) the weight with which each row is drawn."""
        names, index = np.unique(self.sources, return_inverse=True)
        weights = np.array([SOURCE_WEIGHTS.get(name, MANUAL_WEIGHT) for name in names])
        return weights[index]


def load_corpus(data: Path | None, glossary: Path = GLOSSARY) -> Corpus:
    """Read all training text.

    Args:
        data: folder with the `train_*.parquet` files; None for the glossary only.
        glossary: folder with the tab-separated tables written for this project.
    """
    frames = list(_glossary_rows(glossary))
    questions = list(_glossary_questions(glossary))
    if data is not None:
        frames += [_parallel_rows(data / "train_parallel.parquet")]
        frames += _news_rows(data / "train_news.parquet")
        pairs = pd.read_parquet(data / "train_pairs.parquet")
        questions += list(zip(pairs["lang"], pairs["query"], pairs["passage"], strict=True))
    return corpus_of(pd.concat(frames, ignore_index=True), questions)


def corpus_of(rows: pd.DataFrame, questions: list[tuple[str, str, str]]) -> Corpus:
    """A corpus from a table of rows.

    Args:
        rows: in document order, with the columns source, key, lang and text; rows with equal source
            and key have the same meaning.
        questions: (language, question, passage that answers it).
    """
    rows["meaning"] = rows.groupby(["source", "key"], sort=False).ngroup()
    rows = rows.drop_duplicates(["meaning", "lang", "text"])
    rows = rows.sort_values(["source", "lang"], kind="stable", ignore_index=True)
    return Corpus(
        texts=rows["text"].tolist(),
        langs=rows["lang"].to_numpy(dtype=np.str_),
        sources=rows["source"].to_numpy(dtype=np.str_),
        meanings=rows["meaning"].to_numpy(dtype=np.int64),
        questions=questions,
    )


def _parallel_rows(path: Path) -> pd.DataFrame:
    """Both sides of each pair as rows; a pivot text with several translations is one row."""
    pairs = pd.read_parquet(path)
    pairs = pairs.astype(dict.fromkeys(("source", "lang", "pivot_lang"), "object"))
    pairs["key"] = pairs["pivot_lang"] + ":" + pairs["pivot"]
    pivots = pairs.drop_duplicates(["source", "key"])
    pivots = pivots[["source", "key", "pivot_lang", "pivot"]]
    pivots = pivots.set_axis(["source", "key", "lang", "text"], axis="columns")
    return pd.concat([pivots, pairs[["source", "key", "lang", "text"]]], ignore_index=True)


def _news_rows(path: Path) -> list[pd.DataFrame]:
    table = pd.read_parquet(path)
    return [
        _melt(table.loc[table["kind"] == kind].drop(columns=["topic", "kind"]), f"news_{kind}")
        for kind in ("s", "t")
    ]


def _glossary_rows(folder: Path) -> Iterator[pd.DataFrame]:
    for name in ("terms", "names", "sentences"):
        path = folder / f"{name}.tsv"
        if path.exists():
            yield _melt(_read_table(path), f"glossary_{name}")


def _glossary_questions(folder: Path) -> Iterator[tuple[str, str, str]]:
    path = folder / "questions.tsv"
    if path.exists():
        table = _read_table(path)
        yield from zip(table["lang"], table["question"], table["passage"], strict=True)


def _read_table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, quoting=3)


def _melt(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """One row for each spelling in the columns whose heading is a language code."""
    languages = [name for name in table.columns if len(name) == 2]
    table = table[languages].assign(key=[f"{source}:{line}" for line in range(len(table))])
    rows = table.melt(id_vars="key", var_name="lang", value_name="text")
    rows["text"] = rows["text"].str.split(VARIANTS, regex=False)
    rows = rows.explode("text")
    rows["text"] = rows["text"].str.strip()
    return rows[rows["text"] != ""].assign(source=source)
