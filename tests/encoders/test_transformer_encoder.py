"""TransformerEncoder with real sentence-transformers models: a tiny one made here, and MiniLM."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from semsearch.config import Backend, EncoderOptions
from semsearch.encoders import available_models, load_encoder
from semsearch.encoders.folders import MINILM, packaged_minilm
from semsearch.encoders.prompts import Prompts
from semsearch.encoders.transformer import TransformerEncoder
from semsearch.errors import ModelError

CPU = EncoderOptions(device="cpu")
TEXT = "query passage : the coalition met in washington to speak of daesh cake recipe ##s a"
WORDS = TEXT.split()


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def load(name: str, options: EncoderOptions = CPU) -> TransformerEncoder:
    """`load_encoder` for models that a TransformerEncoder runs."""
    encoder = load_encoder(name, options=options)
    assert isinstance(encoder, TransformerEncoder)
    return encoder


def save_model(folder: Path, prompts: dict[str, str] | None = None, max_length: int = 16) -> str:
    """A sentence-transformers model of one layer with random weights and a vocabulary of WORDS."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(7)
    special = {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
    }
    vocab = {word: i for i, word in enumerate([*special.values(), *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    untyped: Any = PreTrainedTokenizerFast
    wrapped = untyped(tokenizer_object=tokenizer, model_max_length=max_length, **special)
    config = BertConfig(
        vocab_size=len(vocab),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=max_length,
    )
    parts = folder.parent / f"{folder.name}-parts"
    BertModel(config).save_pretrained(parts)
    wrapped.save_pretrained(parts)
    transformer = Transformer(str(parts))
    model = SentenceTransformer(modules=[transformer, Pooling(32)], prompts=prompts)
    model.save(str(folder), create_model_card=False)
    return str(folder)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("models") / "plain")


@pytest.fixture(scope="module")
def encoder(plain: str) -> TransformerEncoder:
    return load(plain)


@pytest.fixture(scope="module")
def minilm() -> TransformerEncoder:
    return load("all-MiniLM-L6-v2")


def test_rows_are_unit_vectors(encoder: TransformerEncoder) -> None:
    texts = ["the coalition met", "a cake", "in washington to speak of daesh"]
    for encode in (encoder.encode_queries, encoder.encode_passages):
        vectors = encode(texts)
        assert vectors.shape == (3, encoder.dim) == (3, 32)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_no_rows_and_blank_texts_are_zero(encoder: TransformerEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, 32)
    assert encoder.count_tokens([]) == []
    vectors = encoder.encode_queries(["cake", " \n"])
    assert vectors[0].any()
    assert not vectors[1].any()


def test_same_text_same_vector_whatever_the_batch(encoder: TransformerEncoder, plain: str) -> None:
    texts = ["a cake", "the coalition met in washington", "daesh"] * 3
    together = encoder.encode_passages(texts)
    one_by_one = load(plain, replace(CPU, batch_size=1)).encode_passages(texts)
    np.testing.assert_array_equal(together, encoder.encode_passages(texts))
    np.testing.assert_allclose(together, one_by_one, atol=1e-6)


def test_a_single_passage_is_not_encoded_as_a_query(tmp_path: Path) -> None:
    encoder = load(save_model(tmp_path / "multilingual-e5-tiny-base"))
    assert encoder.prompts == Prompts()  # "e5-tiny" is not a model of the table
    encoder = load(save_model(tmp_path / "multilingual-e5-small"))
    query, passage = encoder.encode_queries(["a cake"]), encoder.encode_passages(["a cake"])
    assert not np.allclose(query, passage, atol=1e-3)


def test_prompts_of_the_table_are_those_of_the_text(plain: str, tmp_path: Path) -> None:
    """An e5 without prompts of its own reads what the plain model reads with them in the text."""
    e5 = load(save_model(tmp_path / "multilingual-e5-small"))
    plain_encoder = load(plain)
    assert e5.prompts == Prompts("query: ", "passage: ")
    np.testing.assert_allclose(
        e5.encode_queries(["a cake"]), plain_encoder.encode_queries(["query: a cake"]), atol=1e-6
    )
    np.testing.assert_allclose(
        e5.encode_passages(["a cake"]),
        plain_encoder.encode_passages(["passage: a cake"]),
        atol=1e-6,
    )


def test_prompts_of_the_models_own_config_win(tmp_path: Path) -> None:
    own = {"query": "speak of ", "document": "the "}
    folder = save_model(tmp_path / "multilingual-e5-base", prompts=own)
    assert load(folder).prompts == Prompts("speak of ", "the ")


def test_tokens_are_those_the_model_reads(encoder: TransformerEncoder, tmp_path: Path) -> None:
    assert encoder.count_tokens(["a cake", "cakes", "", "a " * 100]) == [2, 2, 0, 100]
    assert encoder.max_tokens == 16 - 2
    e5 = load(save_model(tmp_path / "multilingual-e5-small"))
    assert e5.max_tokens == 16 - 2 - 2  # "passage", ":"


def test_text_up_to_max_tokens_is_read_whole(tmp_path: Path) -> None:
    e5 = load(save_model(tmp_path / "multilingual-e5-small"))
    assert e5.max_tokens is not None
    whole = "a " * (e5.max_tokens - 1)
    with_cake, with_daesh, over = e5.encode_passages(
        [whole + "cake", whole + "daesh", whole + "cake daesh"]
    )
    assert not np.allclose(with_cake, with_daesh, atol=1e-3)
    np.testing.assert_allclose(with_cake, over, atol=1e-6)


def test_truncate_dim(plain: str, encoder: TransformerEncoder) -> None:
    cut = load(plain, replace(CPU, truncate_dim=8))
    expected = encoder.encode_passages(["a cake"])[:, :8]
    assert cut.dim == 8
    np.testing.assert_allclose(
        cut.encode_passages(["a cake"]), expected / np.linalg.norm(expected), atol=1e-6
    )
    for wanted in (0, 33):
        with pytest.raises(ModelError, match="have 32 numbers"):
            load(plain, replace(CPU, truncate_dim=wanted))


def test_fingerprint_changes_with_what_decides_the_vectors(
    plain: str, encoder: TransformerEncoder, tmp_path: Path
) -> None:
    again = load(plain, replace(CPU, batch_size=1))
    assert again.fingerprint == encoder.fingerprint
    e5 = load(save_model(tmp_path / "multilingual-e5-small"))
    cut = load(plain, replace(CPU, truncate_dim=8))
    changed = save_model(tmp_path / "changed")
    pooling = tmp_path / "changed" / "1_Pooling" / "config.json"
    config = json.loads(pooling.read_text())
    pooling.write_text(json.dumps({**config, "pooling_mode": "cls"}))
    other = load(changed)
    assert len({e.fingerprint for e in (encoder, e5, cut, other)}) == 4


def test_several_threads(encoder: TransformerEncoder) -> None:
    texts = ["the coalition met in washington", "a cake recipe " * 8, "daesh"]
    expected = encoder.encode_passages(texts)
    failures = []

    def work() -> None:
        for _ in range(10):
            if encoder.count_tokens(texts) != [5, 24, 1]:
                failures.append("tokens")
            if not np.allclose(encoder.encode_passages(texts), expected, atol=1e-6):
                failures.append("vectors")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_static_models_of_sentence_transformers(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "cake": 1, "daesh": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=4)], device="cpu").save(
        str(tmp_path / "static"), create_model_card=False
    )
    encoder = load(str(tmp_path / "static"))
    assert encoder.max_tokens is None
    assert encoder.count_tokens(["cake daesh cake"]) == [3]
    assert encoder.encode_passages(["cake", "daesh"]).shape == (2, 4)


def test_minilm_knows_what_is_alike(minilm: TransformerEncoder) -> None:
    assert (minilm.dim, minilm.max_tokens) == (384, 254)
    query = minilm.encode_queries(["Where did the coalition against ISIS meet?"])
    passages = minilm.encode_passages(
        [
            "A simple recipe for chocolate cake.",
            "Ministers of the global coalition to defeat Daesh gathered in Washington.",
            "The central bank left interest rates unchanged.",
        ]
    )
    scores = (query @ passages.T)[0]
    assert scores.argmax() == 1
    assert scores[1] > 0.5
    assert max(scores[0], scores[2]) < 0.3


def test_minilm_by_its_full_name_is_the_same_model(minilm: TransformerEncoder) -> None:
    assert load(MINILM).fingerprint == minilm.fingerprint


def test_a_missing_model_is_not_replaced() -> None:
    with pytest.raises(ModelError) as error:
        load("intfloat/multilingual-e5-small")
    message = str(error.value)
    assert "'intfloat/multilingual-e5-small' is not on this machine" in message
    assert "HF_HUB_OFFLINE is set" in message
    assert "--model FOLDER" in message


@pytest.mark.parametrize("name", ["./no-such-folder", "/no/such/folder", "a/b/c", "", " "])
def test_a_missing_folder(name: str) -> None:
    with pytest.raises(ModelError, match="There is no folder"):
        load(name)


def test_a_folder_that_is_no_embedding_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match=r"no modules\.json"):
        load(str(tmp_path))
    (tmp_path / "modules.json").write_text("[]")
    (tmp_path / "config_sentence_transformers.json").write_text('{"model_type": "CrossEncoder"}')
    with pytest.raises(ModelError, match="it is a CrossEncoder"):
        load(str(tmp_path))


def test_pickled_weights_are_not_read(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "pickled")
    weights = tmp_path / "pickled" / "model.safetensors"
    weights.rename(weights.with_name("pytorch_model.bin"))
    with pytest.raises(ModelError, match="could not be loaded"):
        load(folder)


@pytest.mark.parametrize(
    "options", [EncoderOptions(backend=cast(Backend, "tensorflow")), EncoderOptions(batch_size=0)]
)
def test_options_that_cannot_be(plain: str, options: EncoderOptions) -> None:
    with pytest.raises(ModelError, match=r"backend|batch"):
        load(plain, options)


def test_loading_a_model_prints_nothing(plain: str, capfd: pytest.CaptureFixture[str]) -> None:
    load(plain).encode_queries(["cake"])
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The empty folder in the hub's cache that would hold multilingual-e5-small."""
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    repo = tmp_path / "models--intfloat--multilingual-e5-small"
    snapshot = repo / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("0" * 40)
    return snapshot


def test_a_model_in_the_hubs_cache_is_found_by_name(hub_cache: Path) -> None:
    save_model(hub_cache)
    encoder = load("intfloat/multilingual-e5-small")
    assert (encoder.name, encoder.dim) == ("intfloat/multilingual-e5-small", 32)
    assert encoder.prompts == Prompts("query: ", "passage: ")


def test_an_interrupted_download_is_not_loaded(hub_cache: Path) -> None:
    save_model(hub_cache)
    (hub_cache / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="download was interrupted"):
        load("intfloat/multilingual-e5-small")


def test_available_models(hub_cache: Path) -> None:
    save_model(hub_cache)
    models = {model.name: model for model in available_models()}
    assert list(models)[:2] == ["multilingual", "fast"]
    assert models[MINILM].where == str(packaged_minilm())
    size_bytes = models[MINILM].size_bytes
    assert size_bytes is not None
    assert size_bytes > 80_000_000
    cached = models["intfloat/multilingual-e5-small"]
    assert (cached.where, cached.on_this_machine) == (str(hub_cache), True)
    there = models["intfloat/multilingual-e5-base"]
    assert (there.where, there.on_this_machine) == ("hub", False)
