"""MRR@10 of the model `multilingual` by meaning alone, with its projection and without.

    python -m benchmarks.multilingual --data ../shared/data/eval norquad-no-dev xquad-dev/en
    python -m benchmarks.multilingual --card

The first command measures sets, all if none is named, and stores each in
`benchmarks/results/multilingual.json`; both write the table of the model card. Articles are cut
into passages of `PASSAGE_WORDS` words, and the score of an article is that of its best passage.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean

import numpy as np
import numpy.typing as npt

from semsearch.benchmarking.datasets import load_dataset
from semsearch.benchmarking.groups import UNKNOWN, group_of
from semsearch.encoders.neutral import Projection
from semsearch.encoders.onnx import MULTILINGUAL, OnnxEncoder
from semsearch.encoders.prompts import Prompts
from semsearch.encoders.static import map_tensors
from semsearch.training.evaluate import Collection, cut, mrr
from semsearch.types import Embeddings

RESULTS = Path(__file__).parent / "results" / "multilingual.json"
CARD = MULTILINGUAL / "MODEL_CARD.md"
BEGIN, END = "<!-- figures: python -m benchmarks.multilingual --card -->", "<!-- end of figures -->"

ROWS = {
    "newsroom-dev, answer in another language": "news, answer in another language",
    "newsroom-dev, answer in the same language": "news, answer in the language of the question",
    "mlqa-cross-dev, answer in another language": "paragraph in other languages only",
    "mlqa-cross-dev, answer in the same language": "paragraph, also in its own language",
    "ntrex-dev, across": "headline to article across 25 languages",
    "ntrex-dev, within": "headline to article within a language",
    "xquad-dev/ar": "question to paragraph, Arabic",
    "xquad-dev/de": "question to paragraph, German",
    "xquad-dev/en": "question to paragraph, English",
    "xquad-dev/es": "question to paragraph, Spanish",
    "xquad-dev/zh": "question to paragraph, Chinese",
    "norquad-no-dev": "question to paragraph, Norwegian",
    "tydiqa-ko-dev": "question to paragraph, Korean",
    "facqa-id-dev": "question to paragraph, Indonesian",
}
"""Figures, and what the card calls them."""

SETS = tuple(dict.fromkeys(name.partition(",")[0] for name in ROWS))
MODELS = ("multilingual", "without projection")

Ranks = npt.NDArray[np.int64]


class Model:
    """The model that comes with the package, before and after the projection."""

    def __init__(self) -> None:
        self._encoder = OnnxEncoder.load(MULTILINGUAL, "multilingual")
        self.fingerprint = self._encoder.fingerprint
        tensors = map_tensors(MULTILINGUAL / "model.safetensors")
        self._neutral = Projection(
            tensors["mean_queries"], tensors["mean_passages"], tensors["projection"]
        )
        self._prompts = Prompts(
            **json.loads((MULTILINGUAL / "config.json").read_bytes())["prompts"]
        )

    def queries(self, texts: Sequence[str]) -> dict[str, Embeddings]:
        """(q, d) vectors by the names of `MODELS`."""
        return self._both(texts, self._prompts.query, self._neutral.mean_queries)

    def passages(self, texts: Sequence[str]) -> dict[str, Embeddings]:
        """(n, d) vectors by the names of `MODELS`."""
        return self._both(texts, self._prompts.passage, self._neutral.mean_passages)

    def _both(self, texts: Sequence[str], prompt: str, center: Embeddings) -> dict[str, Embeddings]:
        with ThreadPoolExecutor() as pool:
            pooled = np.stack(
                list(pool.map(lambda text: self._encoder.pooled(text, prompt), texts))
            )
        neutral = np.stack([self._neutral.apply(vector, center) for vector in pooled])
        return dict(zip(MODELS, (neutral, pooled), strict=True))


def measure(model: Model, folder: Path, name: str) -> Iterator[tuple[str, dict[str, float]]]:
    """The figures of a set by their names, each by the names of `MODELS`."""
    lines = (folder / "corpus.jsonl").read_text("utf-8").splitlines()
    articles = [(row["_id"], row["text"]) for row in map(json.loads, lines)]
    dataset = load_dataset(folder)
    right = dataset.qrels
    asked = [(id_, text) for id_, text in dataset.queries.items() if id_ in right]
    passages = [list(cut(text)) for _, text in articles]
    owners = np.repeat(np.arange(len(articles)), [len(part) for part in passages])
    held = model.passages([text for part in passages for text in part])
    queries = model.queries([text for _, text in asked])
    names = [name for name, _ in articles]
    relevant = np.array([[right[id_].get(name, 0) > 0 for name in names] for id_, _ in asked])
    scores = {of: Collection(names, held[of], owners).scores(queries[of]) for of in MODELS}
    if name == "ntrex-dev":
        yield from _headlines(scores, names, [id_ for id_, _ in asked])
        return
    groups = [group_of(dataset, id_, (), {}) for id_, _ in asked]
    for group in dict.fromkeys(groups):
        rows = np.array([each == group for each in groups])
        figures = {of: mrr(_ranks(scores[of][rows], relevant[rows])) for of in MODELS}
        yield (name if group == UNKNOWN else f"{name}, {group}"), figures


def _ranks(scores: npt.NDArray[np.float32], relevant: npt.NDArray[np.bool_]) -> Ranks:
    """(q,) the rank, from 1, of the first right article."""
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    ranks: Ranks = (scores > best).sum(axis=1) + 1
    return ranks


def _headlines(
    scores: Mapping[str, npt.NDArray[np.float32]], articles: Sequence[str], asked: Sequence[str]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Headlines of each language searched in the articles of each; ids are `language/name`."""
    owners, askers = ([id_.split("/") for id_ in ids] for ids in (articles, asked))
    langs = sorted({lang for lang, _ in owners})
    columns = {at: [n for n, (lang, _) in enumerate(owners) if lang == at] for at in langs}
    rows = {at: [n for n, (lang, _) in enumerate(askers) if lang == at] for at in langs}
    found: dict[str, dict[str, list[float]]] = {"across": {}, "within": {}}
    for of, every in scores.items():
        for here in langs:
            for there in langs:
                relevant = np.array(
                    [[askers[q][1] == owners[a][1] for a in columns[there]] for q in rows[here]]
                )
                value = mrr(_ranks(every[np.ix_(rows[here], columns[there])], relevant))
                kind = "within" if here == there else "across"
                found[kind].setdefault(of, []).append(value)
    for kind, values in found.items():
        yield f"ntrex-dev, {kind}", {of: mean(values[of]) for of in MODELS}


def card_figures(figures: Mapping[str, Mapping[str, float]]) -> str:
    """The table of the card."""
    rows = [
        f"| {text} ({name.partition(',')[0]}) | {figures[name][MODELS[0]]:.3f}"
        f" | {figures[name][MODELS[1]]:.3f} |"
        for name, text in ROWS.items()
        if name in figures
    ]
    return "\n".join(["| | this model | without projection |", "|---|---|---|", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.multilingual", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"of {', '.join(SETS)}")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--card", action="store_true", help="only write the table of the card")
    arguments = parser.parse_args()
    stored = json.loads(RESULTS.read_text("utf-8"))
    if not arguments.card:
        model = Model()
        for name in arguments.sets or SETS:
            for figure, values in measure(model, arguments.data / name, name):
                stored["figures"][figure] = {of: round(value, 4) for of, value in values.items()}
                print(figure, stored["figures"][figure], file=sys.stderr)
            stored["model"] = model.fingerprint
            RESULTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    before, _, rest = CARD.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    table = card_figures(stored["figures"])
    CARD.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
