"""The commands that measure, run as a user runs them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from semsearch.benchmarking.synthetic import passage_vectors
from semsearch.benchmarking.vector_folder import VectorFolder
from semsearch.benchmarking.vector_sources import read_vectors
from semsearch.errors import InputError
from tests.benchmarking.collection import BEIR, lay_out
from tests.paths import ROOT, SEEDS


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "semsearch", "bench", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_quality_on_the_seeds(tmp_path: Path) -> None:
    shutil.copytree(SEEDS, tmp_path / "seeds")
    common = ("quality", "seeds", "--model", "fast")
    first = run(*common, "--runs", "runs", "--save", "results.jsonl", folder=tmp_path)
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[0] == "seeds: 153 queries, 68 articles"
    assert lines[2].split()[1:8:2] == ["ranking", "nDCG@10", "MRR@10", "Recall@100"]
    record = json.loads((tmp_path / "results.jsonl").read_text(encoding="utf-8"))
    assert (record["kind"], record["settings"]["dataset"]) == ("quality", "seeds")
    assert record["spread"] > 0
    assert record["versions"]["semsearch"]
    hybrid, dense, lexical = record["measured"]["rows"][:3]
    assert hybrid["scores"]["ndcg@10"]["value"] > dense["scores"]["ndcg@10"]["value"]
    assert dense["scores"]["ndcg@10"]["value"] > lexical["scores"]["ndcg@10"]["value"]
    again = run(*common, "--against", "runs/lexical.trec", folder=tmp_path)
    assert again.returncode == 2
    assert "lexical" in again.stderr


def test_quality_is_compared_with_earlier_results(tmp_path: Path) -> None:
    right = "query-id\tcorpus-id\tscore\n1\tfr/train.txt\t1\nq 2\tfr/train.txt\t1\n"
    for name in ("sets/one", "sets/two"):  # judged so that no ranking finds the right article first
        lay_out(tmp_path / name, {**BEIR, "qrels/test.tsv": right})
    common = ("quality", "sets", "--model", "fast", "--keep", "indexes")
    first = run(*common, "--save", "results.jsonl", folder=tmp_path)
    assert first.returncode == 0, first.stderr
    summary = first.stdout.split("MRR@10 in all collections")[1].splitlines()[4:8]
    assert [[cell.strip() for cell in line.split("|")[1:4]] for line in summary] == [
        ["one", "answer in the same language", "1"],
        ["one", "answer in another language", "1"],
        ["two", "answer in the same language", "1"],
        ["two", "answer in another language", "1"],
    ]
    stored = (tmp_path / "results.jsonl").read_text(encoding="utf-8")
    one, two = map(json.loads, stored.splitlines())
    for group in one["measured"]["groups"]:
        group["ranks"] = {mode: [1] * group["queries"] for mode in group["ranks"]}
    (tmp_path / "better.jsonl").write_text(f"{json.dumps(one)}\n{json.dumps(two)}\n")
    again = run(*common, "--gate", "better.jsonl", folder=tmp_path)
    assert again.returncode == 1
    assert "one, answer in the same language: hybrid has lost" in again.stderr
    assert "two" not in again.stderr
    assert again.stdout == first.stdout


def test_relevance_by_kind_of_query(tmp_path: Path) -> None:
    arguments = ("relevance", str(ROOT / "benchmarks" / "one-topic"), "--model", "fast")
    done = run(*arguments, "--quick", "--save", "results.jsonl", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "one-topic, relevance with half of the articles left out"
    assert "hidden below 0.1" in lines[2]
    assert [line.split("|")[1].strip() for line in lines[4:12]] == [
        *("answer in the same language", "answer in another language", "one article"),
        *("one or two words", "acronyms", "names", "letters and digits", "nonsense"),
    ]
    record = json.loads((tmp_path / "results.jsonl").read_text(encoding="utf-8"))
    assert (record["kind"], record["settings"]["model"]) == ("relevance", "fast")


def test_ann_on_vectors_from_a_file(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", np.concatenate(list(passage_vectors(60_000, 32))))
    done = run(
        *("ann", "vectors.npy", "--kind", "IVF16,Flat", "--save", "results.jsonl"), folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("vectors.npy: 60,000 vectors of 32 dimensions, target")
    record = json.loads((tmp_path / "results.jsonl").read_text(encoding="utf-8"))
    chosen, exact, *others = record["measured"]
    assert chosen["chosen"]
    assert chosen["index"].startswith("IVF1,PQ16x4fs, ")
    assert chosen["recall"] >= 0.94
    assert (exact["index"], exact["recall"], exact["chosen"]) == ("exact", 1.0, False)
    assert [row["index"] for row in others[:2]] == ["IVF16,Flat, nprobe 1", "IVF16,Flat, nprobe 4"]
    assert others[-1]["recall"] == 1.0


@pytest.mark.parametrize(
    ("matrix", "complaint"),
    [(np.zeros((3, 2)), "zero or not finite"), (np.ones(3), "no matrix")],
)
def test_vectors_that_cannot_be_compared_are_refused(
    tmp_path: Path, matrix: np.ndarray, complaint: str
) -> None:
    np.save(tmp_path / "vectors.npy", matrix)
    with pytest.raises(InputError, match=complaint):
        list(read_vectors(tmp_path / "vectors.npy").batches)


def test_a_file_that_is_no_matrix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vectors.npy").write_text("hello", encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot read vectors from .*vectors\.npy"):
        read_vectors(tmp_path / "vectors.npy")


def test_few_vectors_are_not_worth_it(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", np.eye(3))
    with pytest.raises(InputError, match="3 vectors are too few to measure: give 1,000"):
        VectorFolder.fill(tmp_path, read_vectors(tmp_path / "vectors.npy"))


def test_a_kind_that_faiss_does_not_know_is_refused(tmp_path: Path) -> None:
    done = run("ann", "--vectors", "1000", "--kind", "Nonsense", folder=tmp_path)
    assert done.returncode == 2
    assert "FAISS makes no index Nonsense" in done.stderr


def test_scale_measures_each_size_and_keeps_it(tmp_path: Path) -> None:
    done = run(
        *("scale", "--up-to", "10000", "--dim", "16", "--save", "results.jsonl"), folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for line in lines for row in json.loads(line)["measured"]]
    assert [(row["passages"], row["index"]) for row in rows] == [
        (1_000, "exact"),
        (10_000, "exact"),
    ]
    assert [row["disk_bytes"] for row in rows] == [2 * 16 * 500, 2 * 16 * 9_500]
    assert "| 10,000 |" in done.stdout


def test_synthetic_vectors_are_the_same_each_time_and_lie_in_stories() -> None:
    first, again = (np.concatenate(list(passage_vectors(70_000, 16, seed=3))) for _ in range(2))
    assert first.shape == (70_000, 16)
    assert np.array_equal(first, again)
    assert np.abs(np.linalg.norm(first, axis=1) - 1).max() < 1e-5
    beside = (first[:-1] * first[1:]).sum(axis=1)
    apart = (first[:35_000] * first[35_000:]).sum(axis=1)
    assert beside.mean() > apart.mean() + 0.3


def test_vectors_are_read_as_ann_benchmarks_has_them(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "small.hdf5", "w") as file:
        file.attrs["distance"] = "angular"
        file["train"] = np.array([[3, 4], [0, 2]], dtype=np.float32)
        file["test"] = np.array([[5, 0]], dtype=np.float32)
        file["neighbors"] = np.array([[0, 1]])
    vectors = read_vectors(tmp_path / "small.hdf5")
    assert (vectors.n, vectors.dim) == (2, 2)
    assert np.allclose(np.concatenate(list(vectors.batches)), np.array([[0.6, 0.8], [0, 1]]))
    assert vectors.queries is not None
    assert vectors.queries.tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("distance", "name", "complaint"),
    [("euclidean", "train", "euclidean distance"), ("angular", "other", "cannot read vectors")],
)
def test_other_hdf5_files_are_refused(
    tmp_path: Path, distance: str, name: str, complaint: str
) -> None:
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file.attrs["distance"] = distance
        file[name] = np.eye(2, dtype=np.float32)
    with pytest.raises(InputError, match=complaint):
        read_vectors(tmp_path / "other.hdf5")


@pytest.mark.slow
def test_what_is_stored_is_not_measured_again_until_the_package_changes(tmp_path: Path) -> None:
    root = ROOT
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "semsearch", tmp_path / "semsearch", ignore=ignored)
    shutil.copytree(SEEDS, tmp_path / "seeds")
    shutil.copy(root / ".gitignore", tmp_path)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "semsearch"], [*who, "commit", "-q", "-m", "a"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    arguments = ("quality", "seeds", "--model", "fast", "--quick", "--save", "results.jsonl")
    first = run(*arguments, folder=tmp_path)
    assert first.stdout.startswith("seeds: 77 queries, 68 articles")
    second = run(*arguments, folder=tmp_path)
    assert "not measured again" in second.stderr
    assert second.stdout == first.stdout
    (tmp_path / "semsearch" / "new.py").write_text("", encoding="utf-8")
    third = run(*arguments, folder=tmp_path)
    assert third.stdout == first.stdout
    assert "not measured again" not in third.stderr
    results = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    commits = [json.loads(line)["commit"] for line in results]
    assert commits[1] == f"{commits[0]}-dirty"
