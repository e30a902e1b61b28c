"""python -m benchmarks.indexing: time to index short articles, and to update without a change.

Each article is a file of five random sentences from seeds/. The model is `fast`, unless another one
is named. Each run is a new process, and its start is part of the time.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import SEEDS, record


def write_articles(articles: int, source: Path) -> None:
    chooser = random.Random(0)
    lines = [
        line
        for path in sorted(SEEDS.rglob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    ]
    for number in range(articles):
        path = source / f"{number // 1000:03}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(chooser.choices(lines, k=5)), encoding="utf-8")


def measure(articles: int, model: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "semsearch"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "articles")
        at = ["--index", f"{folder}/index"]
        write_articles(articles, source)
        for run in ("first run", "unchanged"):
            began = time.perf_counter()
            index = [*command, "index", str(source), *at, "--model", model]
            subprocess.run(index, check=True, capture_output=True)
            seconds = time.perf_counter() - began
            status = [*command, "status", "--json", *at]
            held = json.loads(subprocess.run(status, check=True, capture_output=True).stdout)
            sizes = {name: held[name] for name in ("articles", "passages")}
            rows.append({"run": run, **sizes, "seconds": seconds})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.indexing", description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--model", default="fast")
    parser.add_argument("--save", type=Path, help="add the results to this file")
    arguments = parser.parse_args()
    settings = {"articles": arguments.articles, "model": arguments.model, "seed": 0}
    record(
        arguments.save,
        "indexing",
        settings,
        lambda: measure(arguments.articles, arguments.model),
    )


if __name__ == "__main__":
    main()
