"""The figures of the model card are those of the benchmark, and of the model that is shipped."""

import json
from typing import Any

import pytest

pytest.importorskip("torch")

from benchmarks.model import BEGIN, CARD, END, RESULTS, card_figures
from semsearch.encoders import load_encoder

RESULT = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_the_card_says_what_was_measured() -> None:
    card = CARD.read_text(encoding="utf-8")
    assert card.split(BEGIN)[1].split(END)[0].strip() == card_figures(RESULT)


def test_what_was_measured_is_the_model_that_is_shipped() -> None:
    assert RESULT["model"] == load_encoder("fast").fingerprint


def test_a_table_by_hand() -> None:
    table = {
        "ntrex-across": 0.5,
        "ntrex-same": 0.75,
        "pud": 0.9,
        "sts": 0.7,
        "sts-en": 0.7,
        "thai": 0.5,
    }
    table |= {"across-fr": 0.5, "same-fr": 0.75, "xquad-fr": 0.25}
    table |= {f"name-{script}": 0.5 for script in ("misspelt", "ar", "ru", "el", "hi", "ko")}
    speed = {"load_and_first_query_ms": 20.4, "query_ms": 0.05, "resident_mb": 50.0}
    speed |= {"passages_per_second_en": 20000.0, "passages_per_second_ar": 9000.0}
    results: dict[str, Any] = {  # as JSON has it: groups of figures, and single values
        "bundled": table,
        "bm25": {"ntrex-same": 0.8, "same-fr": 0.8, "xquad-fr": 0.9},
        "minilm": table,
        "speed": speed,
        "size_mb": 34.5,
        "dim": 448,
        "commit": "abc1234",
        "machine": "x86_64, 2 cores",
    }
    lines = card_figures(results).splitlines()
    assert "| headline to article within a language (ntrex-dev) | 0.750 | 0.800 | 0.750 |" in lines
    assert "| headline to article across 1 languages (ntrex-dev) | 0.500 | - | 0.500 |" in lines
    assert "| question to paragraph, fr (xquad-dev) | 0.250 | 0.900 | 0.250 |" in lines
    assert "| fr | 0.50 | 0.75 | 0.80 | 0.50 | 0.75 |" in lines
    assert "| Cyrillic | 50% | 50% |" in lines
