"""Which encoder `load_encoder` chooses for a name; other files test the encoders themselves."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from semsearch.config import EncoderOptions
from semsearch.encoders import load_encoder
from semsearch.errors import ModelError


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, str]]:
    """The arguments of each call of StaticEncoder.load, which is replaced."""
    calls: list[tuple[Path, str]] = []

    class StaticEncoder:
        @staticmethod
        def load(folder: Path, name: str) -> None:
            calls.append((folder, name))

    static = ModuleType("semsearch.encoders.static")
    vars(static)["StaticEncoder"] = StaticEncoder
    vars(static)["BUNDLED"] = tmp_path / "bundled"
    monkeypatch.setitem(sys.modules, "semsearch.encoders.static", static)
    return calls


def test_the_bundled_model_is_the_default(loaded: list[tuple[Path, str]], tmp_path: Path) -> None:
    load_encoder()
    load_encoder("bundled")
    assert loaded == [(tmp_path / "bundled", "bundled")] * 2


def test_a_folder_in_the_format_of_the_bundled_model(
    loaded: list[tuple[Path, str]], tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text('{"format": "semsearch-static"}')
    load_encoder(str(tmp_path))
    assert loaded == [(tmp_path, str(tmp_path))]


def test_vectors_of_the_bundled_model_are_not_cut(loaded: list[tuple[Path, str]]) -> None:
    with pytest.raises(ModelError, match="cannot be cut"):
        load_encoder(options=EncoderOptions(truncate_dim=8))
    assert loaded == []


def test_importing_encoders_imports_nothing_heavy() -> None:
    code = (
        "import sys, semsearch.encoders; "
        "print({'torch', 'sentence_transformers', 'transformers', 'tokenizers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_an_index_of_the_only_model_of_old_is_opened_with_the_fast_one() -> None:
    assert load_encoder("bundled").fingerprint == load_encoder("fast").fingerprint
