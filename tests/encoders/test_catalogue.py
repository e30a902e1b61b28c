"""What `semsearch models` says of the models in the package."""

import json

import pytest

from semsearch.encoders.catalogue import ACROSS_LANGUAGES
from tests.paths import ROOT


@pytest.mark.parametrize("model", ACROSS_LANGUAGES)
def test_the_figure_of_a_model_is_the_stored_result(model: str) -> None:
    lines = (ROOT / "benchmarks" / "results" / "figures.jsonl").read_text("utf-8").splitlines()
    (record,) = (record for record in map(json.loads, lines) if record["kind"] == "models")
    rows = {row["of"]: row for row in record["measured"]}
    stored = rows["newsroom-dev, answer in another language"][f"{model}, dense"]
    assert round(stored, 3) == ACROSS_LANGUAGES[model]
