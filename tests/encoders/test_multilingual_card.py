"""The card of the multilingual model shows the stored figures, which are those of this model."""

import json

from benchmarks.multilingual import BEGIN, CARD, END, RESULTS, ROWS, card_figures
from semsearch.encoders import load_encoder

RESULT = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_the_card_says_what_was_measured() -> None:
    card = CARD.read_text(encoding="utf-8")
    assert card.split(BEGIN)[1].split(END)[0].strip() == card_figures(RESULT["figures"])
    assert RESULT["figures"].keys() == ROWS.keys()


def test_what_was_measured_is_the_model_that_is_shipped() -> None:
    assert RESULT["model"] == load_encoder("multilingual").fingerprint
