"""An index of articles that a benchmark has in memory."""

import json
from collections.abc import Iterable
from pathlib import Path

from semsearch import SearchIndex


def build_index(folder: Path, articles: Iterable[tuple[str, str, str]]) -> SearchIndex:
    """An index in a folder of articles, each given as id, language and text."""
    rows = [json.dumps({"_id": name, "lang": lang, "text": text}) for name, lang, text in articles]
    (folder / "articles.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return SearchIndex.build([folder / "articles.jsonl"], folder / "index")
