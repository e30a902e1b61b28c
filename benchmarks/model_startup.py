"""What the bundled model costs a process that has just begun, as JSON: milliseconds, megabytes."""

import json
import re
import statistics
import time
from pathlib import Path

from semsearch.encoders.static import BUNDLED, StaticEncoder

QUERIES = Path(__file__).parent.parent / "seeds" / "queries.jsonl"


def probe() -> dict[str, float]:
    questions = [json.loads(line)["text"] for line in QUERIES.read_text("utf-8").splitlines()]
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
        "resident_mb": resident_mb(),
    }


def resident_mb() -> float:
    """The most that this process has held; `getrusage` would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(probe()))
