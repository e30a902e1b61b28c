"""How well a relevance of 0.3 separates questions that a collection answers from others.

    python -m benchmarks.relevance --data ../shared/data/eval

Half of the articles of each set are indexed. Questions about them are answerable. Questions about
the other half are not, nor are questions that belong to a different kind of text.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import record
from benchmarks.articles import build_index
from semsearch import SearchIndex
from semsearch.training.evaluate import by_language, read_questions

THRESHOLD = 0.3  # few questions without an answer reach it, as README.md says

Figures = dict[str, str | float]


def below(index: SearchIndex, questions: Sequence[str]) -> float:
    """The share of questions whose best hit has a relevance below the threshold."""
    results = index.search_many(questions, k=3, highlights=False)
    return sum((found.relevance or 0.0) < THRESHOLD for found in results) / len(results)


def row(
    name: str,
    lang: str,
    articles: Sequence[tuple[str, str]],
    asked: Sequence[tuple[str, str]],
    other: Sequence[str],
) -> Figures:
    """Shares below the threshold of answerable questions and of the two kinds that are not."""
    block = 5  # paragraphs of one article stand together in XQuAD
    half = [article for n, article in enumerate(articles) if n // block % 2 == 0]
    held = {article for article, _ in half}
    with tempfile.TemporaryDirectory() as folder:
        index = build_index(Path(folder), ((name, lang, text) for name, text in half))
        return {
            "of": name,
            "answerable": below(index, [text for text, wanted in asked if wanted in held]),
            "other half": below(index, [text for text, wanted in asked if wanted not in held]),
            "other kind": below(index, other),
        }


def measure(data: Path) -> dict[str, list[Figures]]:
    news = by_language(data / "ntrex-dev" / "corpus.jsonl")
    headlines = by_language(data / "ntrex-dev" / "queries.jsonl")
    rows = []
    for folder in sorted((data / "xquad-dev").iterdir()):
        lang = folder.name
        articles, asked = read_questions(folder)
        pairs = [(text, name) for name, text in headlines[lang]]
        others = [text for text, _ in pairs]
        rows.append(row(f"questions, {lang}", lang, articles, asked, others))
        questions = [text for text, _ in asked[::10]]
        rows.append(row(f"headlines, {lang}", lang, news[lang], pairs, questions))
    return {f"share below {THRESHOLD}": rows}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--save", type=Path, help="add the results to this file")
    arguments = parser.parse_args()
    settings = {"sets": ["xquad-dev", "ntrex-dev"], "threshold": THRESHOLD}
    record(arguments.save, "relevance", settings, lambda: measure(arguments.data))


if __name__ == "__main__":
    main()
