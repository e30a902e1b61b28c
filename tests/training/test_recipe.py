"""The recipe of the multilingual model in one go, from a folder in the layout of the hub."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("pandas")

import pandas as pd

from semsearch.encoders.onnx import OnnxEncoder
from semsearch.training.e5 import DIM, HEADS, INNER, LAYERS
from semsearch.training.transformer import PROMPTS, build
from semsearch.training.translations import read

PAIRS = [(lang, *pair) for lang in ("fr", "de") for pair in read()[lang][:100]]
TEXT = "Les ministres se sont réunis à Rabat."


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights in the layout of multilingual-e5-small, with a small vocabulary."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("source")
    letters = dict.fromkeys("▁" + "".join(text for pair in PAIRS for text in pair[1:]))
    words = dict.fromkeys(
        f"▁{word}" for pair in PAIRS for text in pair[1:] for word in text.split()
    )
    scored = [(piece, -4.0) for piece in words if piece not in letters]
    scored += [(letter, -8.0) for letter in letters if not letter.isspace()]
    special = [(piece, 0.0) for piece in ("<s>", "<pad>", "</s>", "<unk>")]
    vocabulary = [*special, *scored, ("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary) + 35,  # the hub's model has rows that no piece uses
        hidden_size=DIM,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Training tables of two hundred sentences."""
    folder = tmp_path_factory.mktemp("data")
    rows = [("tico19", "en", english, lang, text) for lang, text, english in PAIRS]
    columns = ["source", "pivot_lang", "pivot", "lang", "text"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "train_parallel.parquet")
    words = [word for _, text, _ in PAIRS for word in text.lower().split()]
    pd.DataFrame({"word": words}).to_parquet(folder / "wordfreq.parquet")
    passages = [english for _, _, english in PAIRS]
    pd.DataFrame({"passage": passages}).to_parquet(folder / "train_pairs.parquet")
    return folder


def reference(source: Path, text: str) -> np.ndarray:
    """(d,) unit mean of the last layer, by transformers in float32."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    tokens = Tokenizer.from_file(str(source / "tokenizer.json")).encode(text).ids
    model = BertModel.from_pretrained(source, local_files_only=True)
    with torch.no_grad():
        states = model(torch.tensor([[0, *tokens, 2]])).last_hidden_state[0]  # (t, d)
    mean = states.mean(dim=0).numpy()
    return np.asarray(mean / np.linalg.norm(mean))


@pytest.mark.slow
def test_every_step_runs_and_the_model_computes_what_its_source_does(
    data: Path, source: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.tsv"
    rows = ["source\tlang\ttext\tenglish", *("\t".join(["made", *pair]) for pair in PAIRS)]
    table.write_text("\n".join([*rows, ""]), encoding="utf-8")
    out = tmp_path / "model"
    build(data, out, source, table)
    encoder = OnnxEncoder.load(out, "small")
    exact = reference(source, PROMPTS.query + TEXT)
    assert encoder.pooled(TEXT, PROMPTS.query) @ exact > 0.999  # 0.956 with another sentence
    assert encoder.encode_queries([TEXT]).shape == (1, DIM)

    files = ("body.onnx", "config.json", "model.safetensors", "pieces.txt")
    first = [(out / name).read_bytes() for name in files]
    for name in files:
        (out / name).unlink()
    build(data, out, source, table)  # continues from the stored results
    assert [(out / name).read_bytes() for name in files] == first
