"""Re-ranking by a real, tiny cross-encoder whose order is known."""

from pathlib import Path

import pytest

from semsearch import InputError, ModelError, SearchIndex

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "rain", "gold", "silver", "bronze", "the"]


@pytest.fixture(scope="module")
def gold_lover(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder that scores a pair by how much gold is in it, then silver."""
    import torch
    from sentence_transformers import CrossEncoder
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("cross")
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call] # transformers has no types here
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", model_max_length=64,
    )  # fmt: skip
    config = BertConfig.from_dict({
        "vocab_size": len(WORDS), "hidden_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 1, "intermediate_size": 8, "max_position_embeddings": 64,
        "num_labels": 1,
    })  # fmt: skip
    torch.manual_seed(0)
    model = BertForSequenceClassification(config)
    pairs = [("rain", "the gold"), ("rain", "the silver"), ("rain", "the bronze")]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        inputs = fast(
            [a for a, _ in pairs], [b for _, b in pairs], return_tensors="pt", padding=True
        )
        loss = (model(**inputs).logits[:, 0] - torch.tensor([2.0, 0.0, -2.0])).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.train(False)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    order = CrossEncoder(str(folder)).predict(pairs).tolist()
    assert order == sorted(order, reverse=True)
    return folder


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    root = tmp_path_factory.mktemp("medals")
    for name, text in [("bronze", "the bronze"), ("silver", "the silver"), ("gold", "the gold")]:
        (root / f"{name}.txt").write_text(text, encoding="utf-8")
    for number in range(20):
        (root / f"rain-{number:02}.txt").write_text(f"rain rain rain {number}", encoding="utf-8")
    return SearchIndex.build([root], root / "index")


def test_the_cross_encoder_decides_the_order(index: SearchIndex, gold_lover: Path) -> None:
    hits = index.search("rain", k=23, rerank=str(gold_lover), budget_ms=60_000).hits
    medals = [hit.doc_id for hit in hits if not hit.doc_id.startswith("rain")]
    assert medals == ["gold.txt", "silver.txt", "bronze.txt"]
    assert hits[0].doc_id == "gold.txt"
    assert [hit.rank for hit in hits] == list(range(1, 24))


def test_hits_beyond_the_time_budget_keep_their_order(index: SearchIndex, gold_lover: Path) -> None:
    plain = [hit.doc_id for hit in index.search("rain", k=23).hits]
    hits = index.search("rain", k=23, rerank=str(gold_lover), budget_ms=0, explain=True).hits
    assert sorted(hit.doc_id for hit in hits[:8]) == sorted(plain[:8])
    assert [hit.doc_id for hit in hits[8:]] == plain[8:]
    scored = [hit.explanation and "rerank" in hit.explanation.evidence for hit in hits]
    assert scored == [True] * 8 + [False] * 15


def test_the_time_for_reranking_is_reported(index: SearchIndex, gold_lover: Path) -> None:
    assert index.search("rain", rerank=str(gold_lover)).timings_ms["rerank"] > 0


def test_a_missing_model_is_named(index: SearchIndex) -> None:
    with pytest.raises(ModelError, match="no-such-model"):
        index.search("rain", rerank="./no-such-model")


def test_a_model_that_is_not_a_cross_encoder_is_refused(index: SearchIndex, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError):
        index.search("rain", rerank=str(tmp_path))


def test_an_empty_query_is_refused(index: SearchIndex) -> None:
    with pytest.raises(InputError):
        index.search(" ", rerank="./any")
