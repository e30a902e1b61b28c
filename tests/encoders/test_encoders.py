"""Which encoder a name stands for. The encoders themselves have tests of their own."""

import subprocess
import sys
from types import ModuleType

import pytest

from semsearch.config import EncoderOptions
from semsearch.encoders import load_encoder
from semsearch.errors import ModelError


@pytest.fixture
def loaded(monkeypatch, tmp_path):
    """What StaticEncoder.load was asked for, in place of loading it."""
    calls = []

    class StaticEncoder:
        @staticmethod
        def load(folder, name):
            calls.append((folder, name))

    static = ModuleType("semsearch.encoders.static")
    static.StaticEncoder = StaticEncoder
    static.BUNDLED = tmp_path / "bundled"
    monkeypatch.setitem(sys.modules, "semsearch.encoders.static", static)
    return calls


def test_the_bundled_model_is_the_default(loaded, tmp_path):
    load_encoder()
    load_encoder("bundled")
    assert loaded == [(tmp_path / "bundled", "bundled")] * 2


def test_a_folder_in_the_format_of_the_bundled_model(loaded, tmp_path):
    (tmp_path / "config.json").write_text('{"format": "semsearch-static"}')
    load_encoder(str(tmp_path))
    assert loaded == [(tmp_path, str(tmp_path))]


def test_vectors_of_the_bundled_model_are_not_cut(loaded):
    with pytest.raises(ModelError, match="cannot be cut"):
        load_encoder(options=EncoderOptions(truncate_dim=8))
    assert loaded == []


def test_importing_encoders_imports_nothing_heavy():
    code = (
        "import sys, semsearch.encoders; "
        "print({'torch', 'sentence_transformers', 'transformers', 'tokenizers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
