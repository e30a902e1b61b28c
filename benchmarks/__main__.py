"""python -m benchmarks: what `make bench` and `make figures` run, as a user would type it.

`make bench` measures quality, the vector index and latency in less than three minutes.
`make figures` measures everything that the pages report and writes their tables. It skips what its
file of results already has, so an interrupted run continues where it stopped. It needs the
collections of ../shared/data/eval and the libraries of `semsearch[peers]`. Indexes are kept in
benchmarks/out/indexes: delete them after a change of how articles are cut or words are indexed.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import SEEDS
from semsearch.encoders import DEFAULT_MODEL

HERE = Path(__file__).parent
OUT = HERE / "out"
DATA = HERE.parent.parent / "shared" / "data" / "eval"
KEEP = OUT / "indexes"
FIGURES = HERE / "results" / "figures.jsonl"
DOCS = HERE.parent / "docs"
PAGES = (
    HERE.parent / "README.md",
    DOCS / "benchmarks.md",
    DOCS / "formats.md",
    DOCS / "large-collections.md",
    DOCS / "models.md",
    DOCS / "ranking.md",
)
"""Pages with tables of results."""

SHORT = (
    ("semsearch", "bench", "quality", str(SEEDS)),
    ("semsearch", "bench", "ann", "--vectors", "100000", "--grid"),
    ("semsearch", "bench", "latency", str(SEEDS), "--quick"),
)
LONG = (
    ("semsearch", "bench", "quality", str(SEEDS)),
    ("semsearch", "bench", "latency", str(SEEDS)),
    ("semsearch", "bench", "ann", "--vectors", "100000", "--grid"),
    ("semsearch", "bench", "ann", "--vectors", "1000000"),
    ("semsearch", "bench", "scale", "--up-to", "10000000"),
    ("semsearch", "bench", "peers", str(DATA / "ntrex-dev")),
    ("benchmarks.indexing",),
    ("benchmarks.ranking", "--data", str(DATA), "--keep", str(KEEP / DEFAULT_MODEL)),
    (
        *("semsearch", "bench", "relevance", str(SEEDS), str(HERE / "one-topic")),
        *(str(DATA / "mlqa-cross-dev"), "--keep", str(KEEP / DEFAULT_MODEL)),
    ),
    ("benchmarks.models", "--data", str(DATA), "--keep", str(KEEP)),
    ("benchmarks.language_detection", str(DATA / "pud.tsv")),
)


def run(module: str, *arguments: str) -> None:
    """Run one command with its output on the terminal; exit if it fails."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def measure(commands: Sequence[Sequence[str]], results: Path) -> None:
    for command in commands:
        run(*command, "--save", str(results))


def main() -> None:
    match sys.argv[1:]:
        case []:
            results = OUT / "results.jsonl"
            results.unlink(missing_ok=True)
            measure(SHORT, results)
            print("Written:", flush=True)
            run("semsearch", "bench", "report", str(results), "--out", str(OUT))
        case ["figures"]:
            measure(LONG, FIGURES)
            updates = [word for page in PAGES for word in ("--update", str(page))]
            plots = ("--out", str(DOCS / "figures"))
            run("semsearch", "bench", "report", str(FIGURES), *plots, *updates)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
