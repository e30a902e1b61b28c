"""Which encoder `load_encoder` chooses for a name; other files test the encoders themselves."""

import subprocess
import sys

import pytest

from semsearch.config import EncoderOptions
from semsearch.encoders import load_encoder, model_folder
from semsearch.errors import ModelError


def test_the_transformer_in_the_package_is_the_default() -> None:
    encoder = load_encoder()
    assert (encoder.name, encoder.dim) == ("multilingual", 384)


@pytest.mark.parametrize("name", ["multilingual", "fast"])
def test_a_folder_is_read_in_the_format_that_it_has(name: str) -> None:
    folder = str(model_folder(name))
    encoder = load_encoder(folder)
    assert encoder.name == folder
    assert encoder.fingerprint == load_encoder(name).fingerprint


def test_indexes_that_are_open_at_once_share_a_model() -> None:
    assert load_encoder("multilingual") is load_encoder("multilingual")


@pytest.mark.parametrize("name", ["multilingual", "fast"])
def test_vectors_of_the_models_in_the_package_are_not_cut(name: str) -> None:
    with pytest.raises(ModelError, match="cannot be cut"):
        load_encoder(name, options=EncoderOptions(truncate_dim=8))


def test_importing_encoders_imports_nothing_heavy() -> None:
    code = (
        "import sys, semsearch.encoders; "
        "print({'torch', 'sentence_transformers', 'transformers', 'tokenizers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_an_index_of_the_only_model_of_old_is_opened_with_the_fast_one() -> None:
    assert load_encoder("bundled").fingerprint == load_encoder("fast").fingerprint
