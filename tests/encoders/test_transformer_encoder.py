"""TransformerEncoder with real sentence-transformers models: a tiny one made here, and MiniLM."""

import json
import sys
import threading
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from semsearch.config import EncoderOptions
from semsearch.encoders import available_models, load_encoder
from semsearch.encoders.folders import MINILM, packaged_minilm
from semsearch.encoders.prompts import Prompts, known_prompts
from semsearch.errors import ModelError

CPU = EncoderOptions(device="cpu")
TEXT = "query passage : the coalition met in washington to speak of daesh cake recipe ##s a"
WORDS = TEXT.split()


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def save_model(folder, prompts=None, max_length=16):
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
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=max_length, **special
    )
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
def plain(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "plain")


@pytest.fixture(scope="module")
def encoder(plain):
    return load_encoder(plain, options=CPU)


@pytest.fixture(scope="module")
def minilm():
    return load_encoder("all-MiniLM-L6-v2", options=CPU)


def test_rows_are_unit_vectors(encoder):
    texts = ["the coalition met", "a cake", "in washington to speak of daesh"]
    for encode in (encoder.encode_queries, encoder.encode_passages):
        vectors = encode(texts)
        assert vectors.shape == (3, encoder.dim) == (3, 32)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_no_rows_and_blank_texts_are_zero(encoder):
    assert encoder.encode_passages([]).shape == (0, 32)
    assert encoder.count_tokens([]) == []
    vectors = encoder.encode_queries(["cake", " \n"])
    assert vectors[0].any()
    assert not vectors[1].any()


def test_same_text_same_vector_whatever_the_batch(encoder, plain):
    texts = ["a cake", "the coalition met in washington", "daesh"] * 3
    together = encoder.encode_passages(texts)
    one_by_one = load_encoder(plain, options=replace(CPU, batch_size=1)).encode_passages(texts)
    np.testing.assert_array_equal(together, encoder.encode_passages(texts))
    np.testing.assert_allclose(together, one_by_one, atol=1e-6)


def test_a_single_passage_is_not_encoded_as_a_query(tmp_path):
    encoder = load_encoder(save_model(tmp_path / "multilingual-e5-tiny-base"), options=CPU)
    assert encoder.prompts == Prompts()  # "e5-tiny" is not a model of the table
    encoder = load_encoder(save_model(tmp_path / "multilingual-e5-small"), options=CPU)
    query, passage = encoder.encode_queries(["a cake"]), encoder.encode_passages(["a cake"])
    assert not np.allclose(query, passage, atol=1e-3)


def test_prompts_of_the_table_are_those_of_the_text(plain, tmp_path):
    """An e5 without prompts of its own reads what the plain model reads with them in the text."""
    e5 = load_encoder(save_model(tmp_path / "multilingual-e5-small"), options=CPU)
    plain_encoder = load_encoder(plain, options=CPU)
    assert e5.prompts == Prompts("query: ", "passage: ")
    np.testing.assert_allclose(
        e5.encode_queries(["a cake"]), plain_encoder.encode_queries(["query: a cake"]), atol=1e-6
    )
    np.testing.assert_allclose(
        e5.encode_passages(["a cake"]),
        plain_encoder.encode_passages(["passage: a cake"]),
        atol=1e-6,
    )


def test_prompts_of_the_models_own_config_win(tmp_path):
    own = {"query": "speak of ", "document": "the "}
    folder = save_model(tmp_path / "multilingual-e5-base", prompts=own)
    assert load_encoder(folder, options=CPU).prompts == Prompts("speak of ", "the ")


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("intfloat/multilingual-e5-large", Prompts("query: ", "passage: ")),
        ("/models/e5-base-v2", Prompts("query: ", "passage: ")),
        ("hub/models--intfloat--e5-small/snapshots/0123abc", Prompts("query: ", "passage: ")),
        ("BAAI/bge-m3", Prompts()),
        ("sentence-transformers/all-MiniLM-L6-v2", Prompts()),
        ("my-e5-small-experiments/all-MiniLM-L6-v2", Prompts()),
        ("nomic-ai/nomic-embed-text-v1.5", Prompts("search_query: ", "search_document: ")),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", Prompts("query: ")),
    ],
)
def test_prompt_table(name, prompts):
    assert known_prompts(name) == prompts


def test_e5_instruct_has_an_instruction_for_queries_only():
    prompts = known_prompts("intfloat/multilingual-e5-large-instruct")
    assert prompts.query.startswith("Instruct: ")
    assert prompts.query.endswith("\nQuery: ")
    assert prompts.passage == ""


def test_tokens_are_those_the_model_reads(encoder, tmp_path):
    assert encoder.count_tokens(["a cake", "cakes", "", "a " * 100]) == [2, 2, 0, 100]
    assert encoder.max_tokens == 16 - 2
    e5 = load_encoder(save_model(tmp_path / "multilingual-e5-small"), options=CPU)
    assert e5.max_tokens == 16 - 2 - 2  # "passage", ":"


def test_text_up_to_max_tokens_is_read_whole(tmp_path):
    e5 = load_encoder(save_model(tmp_path / "multilingual-e5-small"), options=CPU)
    whole = "a " * (e5.max_tokens - 1)
    with_cake, with_daesh, over = e5.encode_passages(
        [whole + "cake", whole + "daesh", whole + "cake daesh"]
    )
    assert not np.allclose(with_cake, with_daesh, atol=1e-3)
    np.testing.assert_allclose(with_cake, over, atol=1e-6)


def test_truncate_dim(plain, encoder):
    cut = load_encoder(plain, options=replace(CPU, truncate_dim=8))
    expected = encoder.encode_passages(["a cake"])[:, :8]
    assert cut.dim == 8
    np.testing.assert_allclose(
        cut.encode_passages(["a cake"]), expected / np.linalg.norm(expected), atol=1e-6
    )
    for wanted in (0, 33):
        with pytest.raises(ModelError, match="have 32 numbers"):
            load_encoder(plain, options=replace(CPU, truncate_dim=wanted))


def test_fingerprint_changes_with_what_decides_the_vectors(plain, encoder, tmp_path):
    again = load_encoder(plain, options=replace(CPU, batch_size=1))
    assert again.fingerprint == encoder.fingerprint
    e5 = load_encoder(save_model(tmp_path / "multilingual-e5-small"), options=CPU)
    cut = load_encoder(plain, options=replace(CPU, truncate_dim=8))
    changed = save_model(tmp_path / "changed")
    pooling = tmp_path / "changed" / "1_Pooling" / "config.json"
    config = json.loads(pooling.read_text())
    pooling.write_text(json.dumps({**config, "pooling_mode": "cls"}))
    other = load_encoder(changed, options=CPU)
    assert len({e.fingerprint for e in (encoder, e5, cut, other)}) == 4


def test_several_threads(encoder):
    texts = ["the coalition met in washington", "a cake recipe " * 8, "daesh"]
    expected = encoder.encode_passages(texts)
    failures = []

    def work():
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


def test_static_models_of_sentence_transformers(tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "cake": 1, "daesh": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=4)], device="cpu").save(
        str(tmp_path / "static"), create_model_card=False
    )
    encoder = load_encoder(str(tmp_path / "static"), options=CPU)
    assert encoder.max_tokens is None
    assert encoder.count_tokens(["cake daesh cake"]) == [3]
    assert encoder.encode_passages(["cake", "daesh"]).shape == (2, 4)


def test_minilm_knows_what_is_alike(minilm):
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
    assert scores[1] > 0.5 > 0.3 > max(scores[0], scores[2])


def test_minilm_by_its_full_name_is_the_same_model(minilm):
    assert load_encoder(MINILM, options=CPU).fingerprint == minilm.fingerprint


def test_a_missing_model_is_not_replaced():
    with pytest.raises(ModelError) as error:
        load_encoder("intfloat/multilingual-e5-small", options=CPU)
    message = str(error.value)
    assert "'intfloat/multilingual-e5-small' is not on this machine" in message
    assert "HF_HUB_OFFLINE is set" in message
    assert "--model FOLDER" in message


@pytest.mark.parametrize("name", ["./no-such-folder", "/no/such/folder", "a/b/c", "", " "])
def test_a_missing_folder(name):
    with pytest.raises(ModelError, match="There is no folder"):
        load_encoder(name, options=CPU)


def test_a_folder_that_is_no_embedding_model(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match=r"no modules\.json"):
        load_encoder(str(tmp_path), options=CPU)
    (tmp_path / "modules.json").write_text("[]")
    (tmp_path / "config_sentence_transformers.json").write_text('{"model_type": "CrossEncoder"}')
    with pytest.raises(ModelError, match="it is a CrossEncoder"):
        load_encoder(str(tmp_path), options=CPU)


def test_pickled_weights_are_not_read(tmp_path):
    folder = save_model(tmp_path / "pickled")
    weights = tmp_path / "pickled" / "model.safetensors"
    weights.rename(weights.with_name("pytorch_model.bin"))
    with pytest.raises(ModelError, match="could not be loaded"):
        load_encoder(folder, options=CPU)


@pytest.mark.parametrize(
    "options", [EncoderOptions(backend="tensorflow"), EncoderOptions(batch_size=0)]
)
def test_options_that_cannot_be(plain, options):
    with pytest.raises(ModelError, match=r"backend|batch"):
        load_encoder(plain, options=options)


def test_loading_a_model_prints_nothing(plain, capfd):
    load_encoder(plain, options=CPU).encode_queries(["cake"])
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def hub_cache(monkeypatch, tmp_path):
    """The folder in the hub's cache where a multilingual-e5-small would be, with nothing in it."""
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    repo = tmp_path / "models--intfloat--multilingual-e5-small"
    snapshot = repo / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("0" * 40)
    return snapshot


def test_a_model_in_the_hubs_cache_is_found_by_name(hub_cache):
    save_model(hub_cache)
    encoder = load_encoder("intfloat/multilingual-e5-small", options=CPU)
    assert (encoder.name, encoder.dim) == ("intfloat/multilingual-e5-small", 32)
    assert encoder.prompts == Prompts("query: ", "passage: ")


def test_an_interrupted_download_is_not_loaded(hub_cache):
    save_model(hub_cache)
    (hub_cache / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="download was interrupted"):
        load_encoder("intfloat/multilingual-e5-small", options=CPU)


def test_available_models(hub_cache, monkeypatch):
    static = ModuleType("semsearch.encoders.static")
    static.BUNDLED = hub_cache / "bundled"
    monkeypatch.setitem(sys.modules, "semsearch.encoders.static", static)
    save_model(hub_cache)
    models = {model.name: model for model in available_models()}
    assert next(iter(models)) == "bundled"
    assert models[MINILM].where == str(packaged_minilm())
    assert models[MINILM].size_bytes > 80_000_000
    cached = models["intfloat/multilingual-e5-small"]
    assert (cached.where, cached.on_this_machine) == (str(hub_cache), True)
    there = models["intfloat/multilingual-e5-base"]
    assert (there.where, there.on_this_machine) == ("hub", False)
