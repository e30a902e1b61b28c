"""The language-neutral projection."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from semsearch.encoders import load_encoder, model_folder
from semsearch.errors import InputError, ModelError
from semsearch.training.neutral import Translations, fit
from semsearch.training.neutral_model import neutralize
from semsearch.training.translations import read

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def sentences(meanings: np.ndarray, offset: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Vectors of one language: meaning, an offset of the language, and noise."""
    return unit(meanings + offset + 0.1 * rng.standard_normal(meanings.shape))


def test_a_query_finds_its_translation_and_no_longer_what_is_in_its_own_language() -> None:
    rng = np.random.default_rng(0)
    offsets = 10 * rng.standard_normal((4, 32))
    given = {}
    for lang, offset in zip(("fr", "de", "ar"), offsets[1:], strict=True):
        meanings = rng.standard_normal((60, 32))
        there = sentences(meanings, offsets[0], rng)
        here = sentences(meanings, offset, rng)
        given[lang] = Translations(here, here, there, there)
    meanings = rng.standard_normal((20, 32))
    french, english = (sentences(meanings, offset, rng) for offset in (offsets[1], offsets[0]))
    rivals = sentences(rng.standard_normal((20, 32)), offsets[1], rng)
    everything = np.concatenate([english, rivals])
    assert ((french @ everything.T).argmax(axis=1) >= 20).all()  # rivals, for their language

    projection = fit(given)
    neutral = [
        np.stack([projection.apply(row, projection.mean_passages) for row in rows])
        for rows in (french, everything)
    ]
    assert (neutral[0] @ neutral[1].T).argmax(axis=1).tolist() == list(range(20))


def test_the_sentences_of_the_package_cover_every_language_alike() -> None:
    found = read()
    assert len(found) == 31
    assert {len(rows) for rows in found.values()} == {120}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        f"made\t{lang}\t{text}\t{english}"
        for lang in ("fr", "de")
        for text, english in read()[lang][:20]
    ]
    file = tmp_path_factory.mktemp("table") / "table.tsv"
    file.write_text("\n".join(["source\tlang\ttext\tenglish", *rows, ""]), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, table: Path) -> Path:
    folder = tmp_path_factory.mktemp("neutral")
    done = neutralize(MINILM, folder / "model", table=table)
    assert (done.languages, done.learnt, done.held_out) == (2, 34, 6)
    return folder / "model"


def test_a_model_made_neutral_is_one_that_can_be_loaded(made: Path) -> None:
    encoder, base = load_encoder(str(made)), load_encoder(MINILM)
    vectors = encoder.encode_passages(["The bridge was closed.", ""])
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    assert not vectors[1].any()
    assert encoder.max_tokens == base.max_tokens
    assert encoder.fingerprint != base.fingerprint


def test_a_base_beside_the_new_model_may_be_moved_with_it(tmp_path: Path, table: Path) -> None:
    shutil.copytree(model_folder("fast"), tmp_path / "here" / "models" / "mine")
    base = tmp_path / "here" / "models" / "mine"
    neutralize(str(base), tmp_path / "here" / "neutral", table=table)
    before = load_encoder(str(tmp_path / "here" / "neutral")).encode_queries(["peace"])
    (tmp_path / "here").rename(tmp_path / "there")
    after = load_encoder(str(tmp_path / "there" / "neutral")).encode_queries(["peace"])
    np.testing.assert_array_equal(before, after)


def test_a_base_in_the_package_is_found_by_its_name(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fast").mkdir()
    monkeypatch.chdir(tmp_path)  # a folder of that name changes nothing
    neutralize("fast", tmp_path / "neutral", table=table)
    assert json.loads((tmp_path / "neutral" / "config.json").read_bytes())["base"] == "fast"
    assert load_encoder(str(tmp_path / "neutral")).dim == load_encoder("fast").dim


def test_a_folder_that_exists_is_not_written_over(made: Path) -> None:
    with pytest.raises(InputError, match="exists already"):
        neutralize(MINILM, made)


def test_a_model_fitted_to_another_version_of_its_base_is_refused(made: Path) -> None:
    config = made / "config.json"
    before = config.read_text(encoding="utf-8")
    fingerprint = load_encoder(MINILM).fingerprint
    config.write_text(before.replace(fingerprint, "0" * 64), encoding="utf-8")
    try:
        with pytest.raises(ModelError, match="another version"):
            load_encoder(str(made))
    finally:
        config.write_text(before, encoding="utf-8")
