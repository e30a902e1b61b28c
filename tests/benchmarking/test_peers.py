"""Other libraries are measured where they are installed, and named where they are not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from semsearch.benchmarking.peer_libraries import VECTORS, WORDS, Engine
from semsearch.benchmarking.synthetic import passage_vectors
from tests.paths import ROOT

OTHERS = [engine for engine in (*VECTORS, *WORDS) if engine.name != "semsearch"]


@pytest.mark.slow
def test_a_library_that_is_missing_or_fails_is_named_and_skipped(tmp_path: Path) -> None:
    missing = {engine.module for engine in OTHERS} - {"voyager"}
    for module in missing:
        text = f"raise ModuleNotFoundError('No module named {module}')\n"
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
    (tmp_path / "voyager.py").write_text("", encoding="utf-8")  # without what is called
    program = [sys.executable, "-m", "semsearch"]
    done = subprocess.run(
        [*program, "bench", "peers", str(ROOT / "seeds"), "--quick", "--save", "results.jsonl"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads((tmp_path / "results.jsonl").read_text(encoding="utf-8"))["measured"]
    (vectors,), (words,) = measured["vectors"], measured["words"]
    assert (vectors["name"], words["name"]) == ("semsearch", "semsearch")
    assert vectors["recall"] >= 0.95
    assert words["mrr"] > 0.5
    skipped = measured["skipped"]
    assert len(skipped) == len(OTHERS)
    assert skipped["hnswlib (vectors)"] == "not installed (No module named hnswlib)"
    assert "AttributeError" in skipped["voyager (vectors)"]
    assert "not installed (No module named bm25s)" in done.stdout


@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize("engine", [e for e in OTHERS if e.vectors], ids=lambda e: e.name)
def test_an_engine_of_vectors_finds_the_nearest(engine: Engine, tmp_path: Path) -> None:
    pytest.importorskip(engine.module)
    assert engine.vectors
    rows = np.concatenate(list(passage_vectors(2_000, 32)))
    search = engine.vectors(rows, tmp_path)
    found = np.array([search(row, engine.efforts[-1]) for row in rows[:50]])
    truth = np.argsort(-(rows[:50] @ rows.T), axis=1)[:, :10]
    shared = [len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist(), strict=True)]
    assert sum(shared) / 500 > 0.9
    assert (found[:, 0] == np.arange(50)).mean() > 0.9


@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize("engine", WORDS, ids=lambda e: e.name)
def test_an_engine_of_words_finds_the_words(engine: Engine) -> None:
    pytest.importorskip(engine.module)
    assert engine.words
    search = engine.words(
        [(7, "en", "the bank raises its rate"), (9, "en", "the harbour is closed for a week")]
    )
    assert list(search("harbour"))[:1] == [9]
