"""Whether a relevance of 0.3 tells questions that a collection answers from those that it does not.

    python -m benchmarks.relevance --data ../shared/data/eval

Half of the articles of each set are indexed. Questions about them are answerable, those about the
other half are not, nor are questions that belong to another kind of text altogether.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from semsearch import SearchIndex
from semsearch.training.evaluate import by_language, read_questions

THRESHOLD = 0.3


def below(index: SearchIndex, questions: Sequence[str]) -> float:
    """The share of questions whose best hit has less than the threshold."""
    results = index.search_many(questions, k=3, highlights=False)
    return sum((found.relevance or 0.0) < THRESHOLD for found in results) / len(results)


def build(folder: Path, articles: Sequence[tuple[str, str]], lang: str) -> SearchIndex:
    rows = [json.dumps({"_id": name, "text": text, "lang": lang}) for name, text in articles]
    (folder / "articles.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return SearchIndex.build([folder / "articles.jsonl"], folder / "index")


def row(
    name: str,
    lang: str,
    articles: Sequence[tuple[str, str]],
    asked: Sequence[tuple[str, str]],
    other: Sequence[str],
) -> tuple[float, float, float]:
    """Lost answerable questions, caught ones about the other half, caught others."""
    block = 5  # paragraphs of one article stand together in XQuAD
    half = [article for n, article in enumerate(articles) if n // block % 2 == 0]
    held = {article for article, _ in half}
    with tempfile.TemporaryDirectory() as folder:
        index = build(Path(folder), half, lang)
        figures = (
            below(index, [text for text, wanted in asked if wanted in held]),
            below(index, [text for text, wanted in asked if wanted not in held]),
            below(index, other),
        )
    print(f"| {name} | {' | '.join(f'{figure:.3f}' for figure in figures)} |", flush=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    news = by_language(data / "ntrex-dev" / "corpus.jsonl")
    headlines = by_language(data / "ntrex-dev" / "queries.jsonl")
    print(
        f"| relevance below {THRESHOLD} | answerable | other half | other kind |\n|---|---|---|---|"
    )
    figures = []
    for folder in sorted((data / "xquad-dev").iterdir()):
        lang = folder.name
        articles, asked = read_questions(folder)
        pairs = [(text, name) for name, text in headlines[lang]]
        others = [text for text, _ in pairs]
        figures.append(row(f"questions, {lang}", lang, articles, asked, others))
        questions = [text for text, _ in asked[::10]]
        figures.append(row(f"headlines, {lang}", lang, news[lang], pairs, questions))
    means = [sum(column) / len(column) for column in zip(*figures, strict=True)]
    print(f"| mean | {' | '.join(f'{mean:.3f}' for mean in means)} |")


if __name__ == "__main__":
    main()
