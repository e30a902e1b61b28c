"""What loading and using the bundled model costs a new process, as JSON: milliseconds, megabytes.

`benchmarks.model` runs it: python -m benchmarks.model_startup.
"""

import json
import statistics
import time

from benchmarks import SEEDS
from semsearch.benchmarking.memory import peak_bytes
from semsearch.encoders.static import BUNDLED, StaticEncoder


def measure() -> dict[str, float]:
    lines = (SEEDS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["text"] for line in lines]
    began = time.perf_counter()
    encoder = StaticEncoder.load(BUNDLED, "bundled")
    encoder.encode_queries(questions[:1])
    first = time.perf_counter()
    times = []
    for question in questions[1:]:
        start = time.perf_counter()
        encoder.encode_queries([question])
        times.append(time.perf_counter() - start)
    return {
        "load_and_first_query_ms": 1000 * (first - began),
        "query_ms": 1000 * statistics.median(times),
        "resident_mb": peak_bytes() / 2**20,
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
