"""MRR@10 of BM25, dense and hybrid within a language, across languages and in a mixed collection.

    python -m benchmarks.ranking --data ../shared/data/eval

Headlines (ntrex-dev) and questions (xquad-dev) search for their article; each set has its own
index, built and searched as by `semsearch index` and `search`. In the mixed collection every
article occurs in ten languages: `languages` is the number of languages among the first ten hits,
`own` the share of hits in the language of the query, which would be 0.1 without any bias.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean

from benchmarks import record
from benchmarks.articles import build_index
from semsearch import Mode, SearchIndex
from semsearch.training.evaluate import by_language, read_questions

TEN = ("ar", "de", "en", "es", "fr", "hi", "ru", "tr", "vi", "zh")
MODES = (Mode.LEXICAL, Mode.DENSE, Mode.HYBRID)
RANKINGS = ("BM25", "dense", "hybrid")

Pairs = Sequence[tuple[str, str]]
Figures = dict[str, str | float]


def mrr(index: SearchIndex, asked: Pairs, mode: Mode) -> float:
    """MRR@10 of pairs of a question and the id of the right article."""
    texts = [text for text, _ in asked]
    results = index.search_many(texts, 10, mode=mode, highlights=False, all_copies=True)
    return mean(
        next((1 / hit.rank for hit in result.hits if hit.doc_id == wanted), 0.0)
        for result, (_, wanted) in zip(results, asked, strict=True)
    )


def named(name: str, columns: Sequence[str], figures: Sequence[float]) -> Figures:
    print(name, *(f"{figure:.3f}" for figure in figures), file=sys.stderr, flush=True)
    return {"of": name, **dict(zip(columns, figures, strict=True))}


def within(sets: Sequence[tuple[str, str, Pairs, Pairs]]) -> Iterator[Figures]:
    for name, lang, articles, asked in sets:
        with tempfile.TemporaryDirectory() as folder:
            index = build_index(Path(folder), ((name, lang, text) for name, text in articles))
            yield named(name, RANKINGS, [mrr(index, asked, mode) for mode in MODES])


def across(news: Mapping[str, Pairs], headlines: Mapping[str, Pairs]) -> Iterator[Figures]:
    for lang in TEN:
        with tempfile.TemporaryDirectory() as folder:
            index = build_index(Path(folder), ((name, lang, text) for name, text in news[lang]))
            pairs = [
                [
                    mrr(index, [(text, name) for name, text in headlines[other]], mode)
                    for mode in MODES
                ]
                for other in TEN
                if other != lang
            ]
        gain = min(hybrid - dense for _, dense, hybrid in pairs)
        means = [mean(column) for column in zip(*pairs, strict=True)]
        yield named(lang, [*RANKINGS, "worst pair"], [*means, gain])


def mixed(news: Mapping[str, Pairs], headlines: Mapping[str, Pairs]) -> Iterator[Figures]:
    with tempfile.TemporaryDirectory() as folder:
        every = ((f"{lang}/{name}", lang, text) for lang in TEN for name, text in news[lang])
        index = build_index(Path(folder), every)
        for lang in TEN:
            texts = [text for _, text in headlines[lang]]
            results = index.search_many(texts, 10, highlights=False, all_copies=True)
            right = [
                [hit.doc_id.split("/")[1] == name for hit in result.hits]
                for result, (name, _) in zip(results, headlines[lang], strict=True)
            ]
            found = [[hit.lang for hit in result.hits] for result in results]
            figures = [
                mean(1 / (each.index(True) + 1) if any(each) else 0.0 for each in right),
                mean(mean(each) for each in right),
                mean(len(set(each)) for each in found),
                mean(mean(other == lang for other in each) for each in found),
            ]
            yield named(lang, ["MRR@10", "precision@10", "languages", "own"], figures)


def measure(data: Path) -> dict[str, list[Figures]]:
    news = by_language(data / "ntrex-dev" / "corpus.jsonl")
    headlines = by_language(data / "ntrex-dev" / "queries.jsonl")
    titles = [
        (lang, lang, news[lang], [(text, name) for name, text in headlines[lang]])
        for lang in sorted(news)
    ]
    questions = [
        (folder.name, folder.name, *read_questions(folder))
        for folder in sorted((data / "xquad-dev").iterdir())
    ]
    return {
        "headlines within a language": list(within(titles)),
        "questions within a language": list(within(questions)),
        "headlines across languages": list(across(news, headlines)),
        "mixed": list(mixed(news, headlines)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranking", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--save", type=Path, help="add the results to this file")
    arguments = parser.parse_args()
    settings = {"sets": ["ntrex-dev", "xquad-dev"]}
    record(arguments.save, "ranking", settings, lambda: measure(arguments.data))


if __name__ == "__main__":
    main()
