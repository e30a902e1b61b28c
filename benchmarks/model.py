"""Quality and speed of the bundled model, compared with BM25 and all-MiniLM-L6-v2.

    python -m benchmarks.model --data ../shared/data/eval --article seeds/fr/coalition.txt
    python -m benchmarks.model --card

The first command measures and writes `benchmarks/results/model.json`; both write the tables of the
model card from it. The sets are those of `semsearch.training.evaluate`; names come from
`names.tsv`.
"""

import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np

from semsearch.encoders import load_encoder
from semsearch.encoders.static import BUNDLED, StaticEncoder
from semsearch.lexical import LexicalIndex
from semsearch.training.evaluate import by_language, cut, evaluate, mrr, read_questions
from semsearch.types import Encoder

RESULTS = Path(__file__).parent / "results" / "model.json"
NAMES = Path(__file__).parent / "names.tsv"
THAI = Path(__file__).parent / "thai.tsv"
CARD = BUNDLED / "MODEL_CARD.md"
BEGIN, END = "<!-- figures: python -m benchmarks.model --card -->", "<!-- end of figures -->"

MINILM = "all-MiniLM-L6-v2"
PASSAGE_WORDS = 100
SCRIPTS = {
    "misspelt": "misspelt",
    "ar": "Arabic",
    "ru": "Cyrillic",
    "el": "Greek",
    "hi": "Devanagari",
    "ko": "Hangul",
}

Figures = dict[str, float]


def bm25(data: Path) -> Figures:
    """BM25 on the sets within one language, with one index for each language."""
    articles = by_language(data / "ntrex-dev" / "corpus.jsonl")
    headlines = by_language(data / "ntrex-dev" / "queries.jsonl")
    figures = {
        f"same-{lang}": _bm25(lang, articles[lang], [(text, name) for name, text in rows])
        for lang, rows in headlines.items()
    }
    figures["ntrex-same"] = statistics.mean(figures.values())
    for folder in sorted((data / "xquad-dev").iterdir()):
        figures[f"xquad-{folder.name}"] = _bm25(folder.name, *read_questions(folder))
    return figures


def _bm25(lang: str, articles: list[tuple[str, str]], asked: list[tuple[str, str]]) -> float:
    owners = [name for name, text in articles for _ in cut(text)]
    passages = [passage for _, text in articles for passage in cut(text)]
    index = LexicalIndex.in_memory((row, lang, text) for row, text in enumerate(passages))
    ranks = []
    for question, wanted in asked:
        best: dict[str, float] = {}
        for found in index.search(question, len(passages)):
            for row, score in zip(found.ids.tolist(), found.scores.tolist(), strict=True):
                best[owners[row]] = max(score, best.get(owners[row], 0.0))
        right = best.get(wanted, 0.0)
        better = sum(score > right for score in best.values())
        ranks.append(better + 1 if right else len(articles))
    return mrr(np.array(ranks))


def examples(encoder: Encoder) -> Figures:
    """How often the nearest text is the right one: misspelt or transliterated names, and Thai."""
    rows = _table(NAMES)
    found = {f"name-{script}": _found(encoder, rows, "name", script) for script in SCRIPTS}
    return found | {"thai": _found(encoder, _table(THAI), "en", "th")}


def _found(encoder: Encoder, rows: list[dict[str, str]], known: str, asked: str) -> float:
    passages = encoder.encode_passages([row[known] for row in rows])
    queries = encoder.encode_queries([row[asked] for row in rows])
    return float(((queries @ passages.T).argmax(axis=1) == np.arange(len(rows))).mean())


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def speed(data: Path) -> Figures:
    """Medians of loading and querying in five new processes; passages/s of two processes."""
    probes = [
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "benchmarks.model_startup"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(5)
    ]
    figures = {key: statistics.median(probe[key] for probe in probes) for key in probes[0]}
    articles = by_language(data / "ntrex-dev" / "corpus.jsonl")
    for lang in ("en", "ar"):
        passages = _passages(articles[lang])
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(_encode, [passages[:10]] * 2))  # warm-up: each process loads the model
            began = time.perf_counter()
            list(pool.map(_encode, [passages * 25] * 2))
        figures[f"passages_per_second_{lang}"] = 50 * len(passages) / (time.perf_counter() - began)
    return figures


def _passages(articles: list[tuple[str, str]]) -> list[str]:
    words = [word for _, text in articles for word in text.split()]
    return [
        " ".join(words[start : start + PASSAGE_WORDS])
        for start in range(0, len(words), PASSAGE_WORDS)
    ]


_loaded: list[StaticEncoder] = []


def _encode(texts: list[str]) -> None:
    if not _loaded:
        _loaded.append(StaticEncoder.load(BUNDLED, "bundled"))
    _loaded[0].encode_passages(texts)


def measure(data: Path, article: Path) -> dict[str, object]:
    """All figures of the card; those of all-MiniLM-L6-v2, which take long, are kept if stored."""
    bundled, minilm = StaticEncoder.load(BUNDLED, "bundled"), load_encoder(MINILM)
    stored = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    )
    return {
        "model": bundled.fingerprint,
        "commit": commit.stdout.strip(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "sentence-transformers")},
        "size_mb": sum(file.stat().st_size for file in BUNDLED.iterdir()) / 1e6,
        "dim": bundled.dim,
        "speed": speed(data),
        "bundled": evaluate(bundled, data, article) | examples(bundled),
        "bm25": bm25(data),
        "minilm": stored.get("minilm") or evaluate(minilm, data, article) | examples(minilm),
    }


def card_figures(results: Mapping[str, dict[str, float]]) -> str:
    """The part of the card with the figures, as Markdown."""
    bundled, lexical, minilm = results["bundled"], results["bm25"], results["minilm"]

    def row(name: str, key: str) -> str:
        cells = [f"{table[key]:.3f}" if key in table else "-" for table in (lexical, minilm)]
        return f"| {name} | {bundled[key]:.3f} | {' | '.join(cells)} |"

    langs = sorted(key[5:] for key in bundled if key.startswith("same-"))
    questions = sorted(key for key in bundled if key.startswith("xquad-"))
    took = results["speed"]
    lines = [
        "| MRR@10 | this model | BM25 | all-MiniLM-L6-v2 |",
        "|---|---|---|---|",
        row(f"headline to article across {len(langs)} languages (ntrex-dev)", "ntrex-across"),
        row("headline to article within a language (ntrex-dev)", "ntrex-same"),
        *(row(f"question to paragraph, {key[6:]} (xquad-dev)", key) for key in questions),
        "",
        f"Translations found among 1,000 English sentences (PUD): {bundled['pud']:.3f},"
        f" all-MiniLM-L6-v2 {minilm['pud']:.3f}.  ",
        f"STS-B development set, Spearman, mean of {_count(bundled, 'sts-')} languages:"
        f" {bundled['sts']:.3f}, all-MiniLM-L6-v2 {minilm['sts']:.3f}.",
        "",
        "By language, ntrex-dev: `across` is the mean over all pairs with another language, both"
        " ways.",
        "",
        "| language | across | within | BM25 within | MiniLM across | MiniLM within |",
        "|---|---|---|---|---|---|",
    ]
    for lang in langs:
        cells = [
            bundled[f"across-{lang}"],
            bundled[f"same-{lang}"],
            lexical[f"same-{lang}"],
            minilm[f"across-{lang}"],
            minilm[f"same-{lang}"],
        ]
        lines.append(f"| {lang} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
    lines += [
        "",
        "Names of people, places and organisations that the glossary does not have"
        " (`benchmarks/names.tsv`, 40 of them): how often the nearest of all is the right one.",
        "",
        "| asked | this model | all-MiniLM-L6-v2 |",
        "|---|---|---|",
    ]
    for script, name in SCRIPTS.items():
        key = f"name-{script}"
        lines.append(f"| {name} | {bundled[key]:.0%} | {minilm[key]:.0%} |")
    lines += [
        "",
        "Thai, 20 headlines written for this (`benchmarks/thai.tsv`): the nearest of their English"
        f" translations is the right one for {bundled['thai']:.0%}, with all-MiniLM-L6-v2 for"
        f" {minilm['thai']:.0%}.",
        "",
        f"Size {results['size_mb']:.1f} MB, {results['dim']} dimensions. Loading and the first"
        f" query take {took['load_and_first_query_ms']:.0f} ms, a query {took['query_ms']:.2f} ms,"
        f" in a process of {took['resident_mb']:.0f} MB. Two processes encode"
        f" {took['passages_per_second_en']:,.0f} English or"
        f" {took['passages_per_second_ar']:,.0f} Arabic passages of 100 words a second.",
        "",
        f"Measured at commit {results['commit']} on {results['machine']}; stored in"
        " `benchmarks/results/model.json`.",
    ]
    return "\n".join(lines)


def _count(figures: Figures, prefix: str) -> int:
    return sum(key.startswith(prefix) for key in figures)


def write_card() -> None:
    """Write the stored figures into the card."""
    text = CARD.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    figures = card_figures(json.loads(RESULTS.read_text(encoding="utf-8")))
    CARD.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the development sets")
    parser.add_argument("--article", type=Path, help="the article of OWN_QUESTIONS")
    parser.add_argument("--card", action="store_true", help="only write the card")
    options = parser.parse_args()
    if not options.card:
        if not (options.data and options.article):
            parser.error("give --data and --article, or --card")
        results = measure(options.data, options.article)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write_card()


if __name__ == "__main__":
    main()
