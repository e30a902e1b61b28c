import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.chunking import chunk_text
from semsearch.config import ChunkSettings
from semsearch.encoders.static import BUNDLED, StaticEncoder
from semsearch.encoders.tokenizer import PieceFile, Tokenizer, normalize
from semsearch.errors import ModelError
from semsearch.training.export import export
from semsearch.training.pieces import UNKNOWN

if TYPE_CHECKING:
    from tokenizers import Tokenizer as HuggingFaceTokenizer

SCRIPTS = (
    "The foreign minister said on Monday: “we'll withdraw 2,170 troops”.",
    "À Genève, l'œuvre du Conseil s'achève… déjà 45 % des voix !",
    "Terrorismusbekämpfung: Straßenschlachten in der Türkei",
    "İstanbul'da IŞIK, ılık çığlık; Diyarbakır’daki saldırı",
    "Đặng Thị Hương phát biểu tại Hà Nội ngày 5/3",
    "Łódź, Święto Niepodległości — żółć",
    "Þórður, Ærø, smørrebrød og ångström",
    "Întâlnirea premierului șvaițer, țările Uniunii",
    "Jäätelöauto kääntyi Hämeenlinnantielle",
    "Πρωθυπουργός: ΟΔΥΣΣΕΥΣ, ο Σωκράτης και ΐ ΰ",
    "Путин и Меркель обсудили ещё йогурт; Съёмки",
    "Україна, її ґанок, Київ",
    "وزير الخارجية يؤكّد أنّ الإرهـاب خطرٌ على العالم ٢٠١٩",
    "وزیر امور خارجهٔ ایران می‌رود؛ ۱۴۰۲",
    "پاکستان کے وزیرِ اعظم نے کہا ہے۔ گھر ۓ",
    "שָׁלוֹם עולם, ירושלים ־ תל־אביב",
    "प्रधानमंत्री ने कहा कि क़ानून ज़रूरी है। १२३",
    "বাংলাদেশের প্রধানমন্ত্রী বলেছেন, ১৯৭১ সালে",
    "การประชุมสุดยอดผู้นำอาเซียน ๒๕๖๒",
    "中国外交部发言人表示，２０１９年反恐。",
    "東京オリンピックがはじまる。ｶﾀｶﾅとプログラム",
    "북한의 김정은 국무위원장은 테러를 규탄했다 ㅋㅋ",
    "Հայաստան საქართველო ትግርኛ ᚠᚢᚦ 😀 x² ﬁn Ⅷ",
    "",
    " \t\n\u3000\u00a0 … ¡! 。",
    "[UNK] [unk] ##ing ▁the",
)


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder.load(BUNDLED, "bundled")


@pytest.fixture(scope="module")
def reference() -> "HuggingFaceTokenizer":
    from tokenizers import Tokenizer as HuggingFaceTokenizer

    return HuggingFaceTokenizer.from_file(str(BUNDLED / "tokenizer.json"))


@pytest.fixture(scope="module")
def alphabet() -> str:
    pieces = (BUNDLED / "pieces.txt").read_text(encoding="utf-8").split("\n")
    return "".join(piece for piece in pieces if len(piece) == 1) + " .,-'’٠é"


def ids(encoder: StaticEncoder, text: str) -> list[int]:
    return encoder._tokenizer.ids(text)


def test_rows_have_length_one(encoder: StaticEncoder) -> None:
    vectors = encoder.encode_passages(["Peace talks begin in Geneva", "日内瓦和平谈判开始"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (2, encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_text_without_a_known_token_is_zero(encoder: StaticEncoder) -> None:
    assert not encoder.encode_queries(["", "  ", "😀 — ?!"]).any()
    assert encoder.count_tokens(["", "😀 — ?!", "peace"]) == [0, 0, 1]


def test_four_characters_of_an_unknown_script_count_as_a_token(encoder: StaticEncoder) -> None:
    texts = ["กขคงจฉชซ", "საქართველო", "peace กขคงจฉชซ"]
    assert encoder.count_tokens(texts) == [2, 3, 3]


@pytest.mark.parametrize(
    "sentence",
    [
        "The foreign minister said on Monday that troops would leave.",
        "รัฐมนตรีกล่าวเมื่อวันพฤหัสบดีว่ารัฐบาลจะผ่านงบประมาณใหม่ก่อนสิ้นปี",
        "საგარეო საქმეთა მინისტრმა ორშაბათს განაცხადა, რომ ჯარი დატოვებს ქვეყანას.",
    ],
)
def test_passages_are_of_a_length_whether_or_not_the_script_is_read(
    encoder: StaticEncoder, sentence: str
) -> None:
    article = "\n".join([sentence] * 60)
    passages = chunk_text(article, encoder.count_tokens, ChunkSettings())
    assert 500 < len(article) / len(passages) < 1000


def test_no_text_gives_no_rows(encoder: StaticEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, encoder.dim)


def test_batch_equals_one_by_one(encoder: StaticEncoder) -> None:
    batch = encoder.encode_passages(SCRIPTS)
    single = np.concatenate([encoder.encode_passages([text]) for text in SCRIPTS])
    assert np.array_equal(batch, single)
    assert np.array_equal(batch, encoder.encode_queries(SCRIPTS))


def test_caching_changes_nothing(encoder: StaticEncoder) -> None:
    again = StaticEncoder.load(BUNDLED, "bundled")
    for text in SCRIPTS:
        assert ids(again, text) == ids(encoder, text) == ids(encoder, text)


@pytest.mark.parametrize("text", SCRIPTS)
def test_tokens_are_those_of_hugging_face(
    encoder: StaticEncoder, reference: "HuggingFaceTokenizer", text: str
) -> None:
    assert ids(encoder, text) == reference.encode(text, add_special_tokens=False).ids


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_tokens_of_any_text_are_those_of_hugging_face(
    encoder: StaticEncoder, reference: "HuggingFaceTokenizer", alphabet: str, data: st.DataObject
) -> None:
    known = st.sampled_from(alphabet)
    text = data.draw(st.text(known | st.characters(codec="utf-8"), max_size=40))
    assert ids(encoder, text) == reference.encode(text, add_special_tokens=False).ids


def test_the_cheapest_segmentation_wins_and_unknown_characters_separate() -> None:
    pieces = ["a", "ab", "abc", "b", "bc", "c"]
    tokenizer = Tokenizer(PieceFile.of(pieces), bytes([9, 5, 20, 9, 9, 5]))
    assert tokenizer.ids("abc, Áb-a!") == [1, 5, 1, 0]


def test_of_equal_segmentations_the_one_with_the_longest_last_piece_wins() -> None:
    tokenizer = Tokenizer(PieceFile.of(["a", "ab", "b", "bc", "c"]), bytes([4, 4, 4, 4, 4]))
    assert tokenizer.ids("abc") == [0, 3]


def test_normalize() -> None:
    assert normalize("İSTANBUL ΣΑΣ Straße الإرهـابيّة ２٠۲") == "istanbul σασ strasse الارهابيه 202"


def test_every_character_of_the_languages_is_known(encoder: StaticEncoder) -> None:
    """Letters of every script that the model reads; the last four of `SCRIPTS` have others."""
    for text in SCRIPTS[:22]:
        letters = [c for c in normalize(text) if c.isalpha()]
        assert [c for c in letters if not ids(encoder, c)] == []


PAIRS = {
    "en": "The parliament has approved the new budget",
    "fr": "Le parlement a approuvé le nouveau budget",
    "es": "El parlamento ha aprobado el nuevo presupuesto",
    "de": "Das Parlament hat den neuen Haushalt gebilligt",
    "ar": "وافق البرلمان على الميزانية الجديدة",
    "ru": "Парламент утвердил новый бюджет",
    "zh": "议会批准了新预算",
    "tr": "Meclis yeni bütçeyi onayladı",
}
UNRELATED = (
    "The striker scored twice in the second half",
    "Les pluies ont inondé plusieurs villages",
    "اكتشف العلماء علاجا جديدا لمرض السكري",
    "Die Temperaturen steigen am Wochenende",
    "科学家在火星上发现了水的痕迹",
)


@pytest.mark.parametrize("lang", PAIRS)
def test_translations_are_nearer_than_anything_else(encoder: StaticEncoder, lang: str) -> None:
    query = encoder.encode_queries([PAIRS[lang]])[0]
    translations = encoder.encode_passages([text for other, text in PAIRS.items() if other != lang])
    assert (translations @ query).min() > (encoder.encode_passages(UNRELATED) @ query).max()


def test_model2vec_gives_the_same_vectors(encoder: StaticEncoder) -> None:
    from model2vec import StaticModel

    other = StaticModel.from_pretrained(str(BUNDLED))
    vectors = other.encode(list(SCRIPTS))
    np.testing.assert_allclose(vectors, encoder.encode_passages(SCRIPTS), atol=1e-5)


def test_sentence_transformers_gives_the_same_vectors(encoder: StaticEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    other = SentenceTransformer(str(BUNDLED), device="cpu", local_files_only=True)
    vectors = other.encode(list(SCRIPTS))
    np.testing.assert_allclose(vectors, encoder.encode_passages(SCRIPTS), atol=1e-5)


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "import sys; from semsearch.encoders.static import BUNDLED, StaticEncoder\n"
        "StaticEncoder.load(BUNDLED, 'bundled').encode_queries(['peace'])\n"
        "print([name for name in ('torch', 'tokenizers', 'safetensors', 'pandas', 'transformers')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_fingerprint_is_of_the_files(encoder: StaticEncoder) -> None:
    digest = hashlib.sha256()
    for name in ("model.safetensors", "pieces.txt"):
        digest.update((BUNDLED / name).read_bytes())
    assert encoder.fingerprint.startswith(digest.hexdigest())


def test_size_on_disk() -> None:
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*") if file.is_file()) <= 35_000_000


def small_model(folder: Path) -> Path:
    table, ones = np.eye(3, dtype=np.float32), np.ones(3, dtype=np.float32)
    export(folder, [UNKNOWN, "a", "b"], bytes([1, 1, 1]), table, ones, np.ones(3), 3, 0)
    return folder


def test_any_exported_folder_loads(tmp_path: Path) -> None:
    encoder = StaticEncoder.load(small_model(tmp_path / "model"), "mine")
    assert (encoder.name, encoder.dim) == ("mine", 3)
    np.testing.assert_allclose(encoder.encode_queries(["ab", "bb"])[0], [0, 0.5**0.5, 0.5**0.5])


@pytest.mark.parametrize("name", ["config.json", "pieces.txt", "model.safetensors"])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = small_model(tmp_path / "model")
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name} is missing"):
        StaticEncoder.load(folder, "mine")


@pytest.mark.parametrize("name", ["config.json", "pieces.txt", "model.safetensors"])
@pytest.mark.parametrize("damage", [b"", b"\xff\xff", b"{}" * 40])
def test_damaged_file_is_reported(tmp_path: Path, name: str, damage: bytes) -> None:
    folder = small_model(tmp_path / "model")
    (folder / name).write_bytes(damage)
    with pytest.raises(ModelError, match="damaged"):
        StaticEncoder.load(folder, "mine")


def test_truncated_weights_are_reported(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-4])
    with pytest.raises(ModelError, match="damaged"):
        StaticEncoder.load(folder, "mine")


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"version": 99}))
    with pytest.raises(ModelError, match="version 99"):
        StaticEncoder.load(folder, "mine")
