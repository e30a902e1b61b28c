"""A labelled collection of six articles, two judged queries, in every layout that can be loaded."""

import gzip
import json
from pathlib import Path
from typing import Any

ARTICLES = {
    "en/bank rate.txt": "The central bank raised its interest rate to fight inflation.",
    "en/quake.txt": "An earthquake destroyed houses in the mountains of Chile.",
    "en/vaccine.txt": "A new malaria vaccine protects children, doctors say.",
    "fr/banque.txt": "La banque centrale relève son taux directeur contre l'inflation.",
    "fr/seisme.txt": "Un séisme a détruit des maisons dans les montagnes du Chili.",
    "fr/train.txt": "Un train de nuit relie désormais Berlin et Barcelone.",
}
QUERIES: list[dict[str, Any]] = [
    {"_id": 1, "text": "interest rate of the central bank", "metadata": {"lang": "en"}},
    {"_id": "q 2", "text": "tremblement de terre au Chili", "lang": "fr"},
    {"_id": "q3", "text": "nobody judged this"},
]
QRELS = {
    "1": {"en/bank rate.txt": 2, "fr/banque.txt": 1},
    "q 2": {"fr/seisme.txt": 1, "en/quake.txt": 1, "en/gone.txt": 1},
}


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


CORPUS = lines(*({"_id": name, "title": "", "text": text} for name, text in ARTICLES.items()))
TSV = "query-id\tcorpus-id\tscore\n" + "".join(
    f"{query_id}\t{doc_id}\t{relevance}\n"
    for query_id, judged in QRELS.items()
    for doc_id, relevance in judged.items()
)
JUDGED = lines(
    *(
        {"query-id": query_id, "corpus-id": doc_id, "score": float(relevance)}
        for query_id, judged in QRELS.items()
        for doc_id, relevance in judged.items()
    )
)
BEIR = {"corpus.jsonl": CORPUS, "queries.jsonl": lines(*QUERIES), "qrels/test.tsv": TSV}
LAYOUTS = {
    "beir": BEIR,
    "packed": {
        "corpus.jsonl.gz": CORPUS,
        "queries.jsonl.gz": lines(*QUERIES),
        "qrels/dev.tsv": TSV,
    },
    "articles": {**ARTICLES, "queries.jsonl": lines(*QUERIES), "qrels/test.tsv": TSV},
    "corpus of articles": {
        **{f"corpus/{name}": text for name, text in ARTICLES.items()},
        "queries.jsonl": lines(*QUERIES),
        "test.tsv": TSV,
    },
    "mteb": {
        "corpus/a.jsonl": "".join(CORPUS.splitlines(keepends=True)[:2]),
        "corpus/b.jsonl.gz": "".join(CORPUS.splitlines(keepends=True)[2:]),
        "queries/test.jsonl": lines(*QUERIES),
        "default/test.jsonl": JUDGED,
    },
}


def lay_out(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder
