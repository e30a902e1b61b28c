"""The multilingual transformer that comes with the package."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from semsearch.encoders.onnx import MULTILINGUAL, OnnxEncoder
from semsearch.errors import ModelError

ANSWER = "Le Maroc a pris part à la réunion de la coalition contre Daech à Washington."
RIVALS = [
    "Who joined the talks is a question that the committee will answer on Friday.",
    "The country with the most visitors in North America joined a trade agreement.",
    "Talks on a new railway line between the two capitals have been postponed.",
]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder.load(MULTILINGUAL, "multilingual")


def test_an_answer_in_another_language_comes_before_rivals_in_that_of_the_question(
    encoder: OnnxEncoder,
) -> None:
    query = encoder.encode_queries(["Which North African country joined the talks on Daesh?"])
    cosines = query @ encoder.encode_passages([*RIVALS, ANSWER]).T
    assert cosines.argmax() == len(RIVALS)


def test_vectors_are_of_length_one(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode_passages([ANSWER, "中国外交部发言人", "การประชุมสุดยอด"])
    assert vectors.shape == (3, encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("text", ["", " \n\t", "\U00012000\U00012001", "\U00012000 \U00012001"])
def test_a_text_without_a_known_token_is_all_zero(encoder: OnnxEncoder, text: str) -> None:
    assert not encoder.encode_queries([text]).any()
    assert not encoder.encode_passages([text]).any()


def test_no_texts_give_no_vectors(encoder: OnnxEncoder) -> None:
    assert encoder.encode_queries([]).shape == (0, encoder.dim)
    assert encoder.encode_passages([]).shape == (0, encoder.dim)


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder: OnnxEncoder) -> None:
    together = encoder.encode_passages([*RIVALS, ANSWER])
    alone = np.concatenate([encoder.encode_passages([text]) for text in [*RIVALS, ANSWER]])
    np.testing.assert_array_equal(together, alone)


def test_a_passage_of_the_longest_length_is_read_to_its_end(encoder: OnnxEncoder) -> None:
    longest = " ".join(["a"] * (encoder.max_tokens - 1))
    assert encoder.count_tokens([longest]) == [encoder.max_tokens - 1]
    one, other = encoder.encode_passages([f"{longest} war", f"{longest} peace"])
    assert not np.array_equal(one, other)


def test_loading_does_not_import_onnxruntime() -> None:
    code = (
        "import sys; from semsearch.encoders.onnx import MULTILINGUAL, OnnxEncoder;"
        "OnnxEncoder.load(MULTILINGUAL, 'multilingual').count_tokens(['a']);"
        "sys.exit('onnxruntime' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "pieces.txt", "body.onnx"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MULTILINGUAL, folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        OnnxEncoder.load(folder, "model")
