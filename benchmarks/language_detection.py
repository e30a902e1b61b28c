"""The share of texts whose language is recognised.

    python -m benchmarks.language_detection PUD.tsv

PUD.tsv has a header and the columns group_id, lang, text. Measured on single sentences and on three
consecutive sentences of a language, joined.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks import record
from semsearch.text import detect_language


def texts_by_language(path: Path) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            texts[row["lang"]].append(row["text"])
    return texts


def joined(sentences: list[str], size: int) -> list[str]:
    return [" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size)]


def right(texts: dict[str, list[str]], size: int) -> list[dict[str, str | float]]:
    """The share recognised for each language; prints what the others were taken for."""
    rows: list[dict[str, str | float]] = []
    for lang in sorted(texts):
        guesses = Counter(detect_language(text) for text in joined(texts[lang], size))
        rows.append({"of": lang, "right": guesses.pop(lang, 0) / len(joined(texts[lang], size))})
        wrong = ", ".join(f"{guess} {n}" for guess, n in guesses.most_common(3))
        print(f"{lang}, {size} at a time, taken for: {wrong or '-'}", file=sys.stderr)
    return rows


def measure(path: Path) -> dict[str, list[dict[str, str | float]]]:
    texts = texts_by_language(path)
    return {"one sentence": right(texts, 1), "three sentences": right(texts, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.language_detection", description=__doc__
    )
    parser.add_argument("tsv", type=Path)
    parser.add_argument("--save", type=Path, help="add the results to this file")
    arguments = parser.parse_args()
    settings = {"sets": [arguments.tsv.stem]}
    record(arguments.save, "languages", settings, lambda: measure(arguments.tsv))


if __name__ == "__main__":
    main()
