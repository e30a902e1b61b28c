"""How often the language of a text is recognised, and how fast.

    python -m benchmarks.language_detection PUD.tsv [--join 3]

PUD.tsv has a header and the columns group_id, lang, text; neighbouring rows of one language are
joined, so that both single sentences and short paragraphs can be measured.
"""

import argparse
import csv
import time
from collections import Counter, defaultdict
from pathlib import Path

from semsearch.languages import detect_language

ARTICLE_WORDS = 300


def texts_by_language(path: Path) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            texts[row["lang"]].append(row["text"])
    return texts


def joined(sentences: list[str], size: int) -> list[str]:
    return [" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size)]


def report(texts: dict[str, list[str]], size: int) -> None:
    print(f"\n{size} sentence{'s' if size > 1 else ''} at a time")
    print("lang   texts  accuracy  taken for")
    right_of_all = total = 0
    for lang in sorted(texts):
        guesses = Counter(detect_language(text) for text in joined(texts[lang], size))
        right, count = guesses.pop(lang, 0), len(joined(texts[lang], size))
        wrong = ", ".join(f"{guess} {n}" for guess, n in guesses.most_common(3))
        print(f"{lang:<4} {count:>7}   {right / count:.4f}   {wrong}")
        right_of_all, total = right_of_all + right, total + count
    print(f"all  {total:>7}   {right_of_all / total:.4f}")


def articles_per_second(texts: dict[str, list[str]]) -> float:
    articles = [
        " ".join(article)
        for sentences in texts.values()
        for article in joined_to_words(sentences, ARTICLE_WORDS)
    ]
    begin = time.perf_counter()
    for article in articles:
        detect_language(article)
    return len(articles) / (time.perf_counter() - begin)


def joined_to_words(sentences: list[str], words: int) -> list[list[str]]:
    articles: list[list[str]] = [[]]
    length = 0
    for sentence in sentences:
        articles[-1].append(sentence)
        # In scripts without spaces eight characters, generously, stand for a word.
        length += max(sentence.count(" ") + 1, len(sentence) // 8)
        if length >= words:
            articles.append([])
            length = 0
    return [article for article in articles if article]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tsv", type=Path)
    parser.add_argument("--join", type=int, nargs="+", default=[1, 3], metavar="N")
    arguments = parser.parse_args()

    begin = time.perf_counter()
    detect_language("The first call loads the model.")
    print(f"load {1000 * (time.perf_counter() - begin):.0f} ms")

    texts = texts_by_language(arguments.tsv)
    for size in arguments.join:
        report(texts, size)
    print(f"\n{articles_per_second(texts):,.0f} articles of {ARTICLE_WORDS} words a second")


if __name__ == "__main__":
    main()
