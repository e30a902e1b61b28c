"""semsearch train: fine-tuning a model on pairs that it did not know."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from semsearch.encoders import load_encoder
from semsearch.encoders.static import BUNDLED, StaticEncoder
from semsearch.errors import InputError, ModelError
from semsearch.training.adapt import adapt
from semsearch.training.pairs import Adaptation, mean_reciprocal_rank, read_pairs

BIRDS = ("falke", "adler", "sperber", "reiher", "kranich", "bussard", "milan", "uhu", "dohle")
DISHES = ("soup", "bread", "salad", "stew", "cake", "cheese", "omelette", "noodles", "porridge")
PLACES = ("Lyon", "Cairo", "Madrid", "Berlin", "Tunis", "Lima", "Oslo", "Hanoi", "Ankara", "Delhi")


Adapted = tuple[Path, Adaptation, list[tuple[int, int]]]
"""The folder of the new model, the result of `adapt`, and the calls of `progress`."""


def codenames() -> list[tuple[str, str]]:
    """Code names of dishes: only the pairs say which bird stands for which dish."""
    return [
        (f"Projekt {bird} in {place}", f"the recipe for {dish} from {place}")
        for bird, dish in zip(BIRDS, DISHES, strict=True)
        for place in PLACES
    ]


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Adapted:
    out = tmp_path_factory.mktemp("models") / "mine"
    steps: list[tuple[int, int]] = []
    done = adapt(codenames(), BUNDLED, out, progress=lambda *step: steps.append(step))
    return out, done, steps


def test_learns_what_only_the_pairs_can_tell(adapted: Adapted) -> None:
    out, done, _ = adapted
    assert (done.learnt, done.held_out) == (81, 9)
    assert done.after > done.before
    encoder = load_encoder(str(out))
    dishes = encoder.encode_passages([f"the recipe for {dish}" for dish in DISHES])
    birds = encoder.encode_queries([f"Projekt {bird}" for bird in BIRDS])
    assert (birds @ dishes.T).argmax(axis=1).tolist() == list(range(len(BIRDS)))


def test_leaves_the_rest_as_it_was(adapted: Adapted) -> None:
    out, _, _ = adapted
    texts = ["Le parlement a approuvé le budget", "وافق البرلمان على الميزانية", "议会批准了预算"]
    before = load_encoder("fast").encode_passages(texts)
    after = load_encoder(str(out)).encode_passages(texts)
    assert np.einsum("nd,nd->n", before, after).min() > 0.99


def test_tells_how_far_it_is(adapted: Adapted) -> None:
    _, _, steps = adapted
    assert steps == [(n, 10) for n in range(1, 11)]


def test_is_another_model_of_the_same_size(adapted: Adapted) -> None:
    out, _, _ = adapted
    mine, fast = load_encoder(str(out)), load_encoder("fast")
    assert mine.dim == fast.dim
    assert mine.fingerprint != fast.fingerprint
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json",
        "model.safetensors",
        "modules.json",
        "pieces.txt",
        "tokenizer.json",
    ]


def test_sentence_transformers_reads_it_too(adapted: Adapted) -> None:
    from sentence_transformers import SentenceTransformer

    out, _, _ = adapted
    texts = ["Projekt Falke", "the recipe for soup"]
    other = SentenceTransformer(str(out), device="cpu", local_files_only=True)
    np.testing.assert_allclose(
        other.encode(texts), load_encoder(str(out)).encode_queries(texts), atol=1e-5
    )


def test_can_be_the_base_of_the_next(adapted: Adapted, tmp_path: Path) -> None:
    out, _, _ = adapted
    done = adapt(codenames(), out, tmp_path / "next", epochs=1)
    assert done.before > 0.9
    assert isinstance(load_encoder(str(tmp_path / "next")), StaticEncoder)


def test_never_writes_over_a_folder(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        adapt(codenames(), BUNDLED, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_interrupted_it_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapt(codenames(), BUNDLED, tmp_path / "mine", progress=interrupt)
    assert not list(tmp_path.iterdir())


def test_only_a_static_model_can_be_adapted(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json is missing"):
        adapt(codenames(), tmp_path, tmp_path / "mine")


def test_reciprocal_rank_by_hand() -> None:
    encoder = load_encoder("fast")
    same = [("peace talks", "peace talks"), ("flood victims", "flood victims")]
    crossed = [("peace talks", "flood victims"), ("flood victims", "peace talks")]
    assert mean_reciprocal_rank(encoder, same) == 1.0
    assert mean_reciprocal_rank(encoder, crossed) == 0.5


def lines(count: int) -> str:
    return "".join(f"question {n}\tanswer {n}\n" for n in range(count))


def test_reads_pairs(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("\ufeff" + lines(20) + "\n\r\nquestion 3\tanswer 3\n", encoding="utf-8")
    assert read_pairs(file) == [(f"question {n}", f"answer {n}") for n in range(20)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lines(30).encode() + b"alone\n", r"line 31: two texts .* there are 1"),
        (lines(2).encode() + b"a\tb\tc\n", r"line 3: two texts .* there are 3"),
        (lines(2).encode() + b"a\t \n", r"line 3: two texts .* there are 1"),
        (lines(19).encode() + b"question 1\tanswer 1\n", "19 different pairs; at least 20"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_pairs(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_pairs(tmp_path / "pairs.tsv")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "semsearch", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_command_says_what_it_brought_and_how_to_use_it(tmp_path: Path) -> None:
    file, out = tmp_path / "pairs.tsv", tmp_path / "mine"
    file.write_text("".join(f"{a}\t{b}\n" for a, b in codenames()), encoding="utf-8")
    done = run("train", "--pairs", file, "--base", "fast", "--out", out, "--epochs", 2)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("81 pairs learnt, 9 held out: MRR@10 0.")
    assert second == f"Use it: semsearch index PATH --model {out}"
    again = run("train", "--pairs", file, "--base", "fast", "--out", out)
    assert (again.returncode, again.stdout) == (2, "")
    assert "exists already" in again.stderr
