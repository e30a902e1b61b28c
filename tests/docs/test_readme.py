"""Every command and every line of Python in the README runs and does what stands beside it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    pairs = [f"Dossier {n}\tThe file about the harvest of {1950 + n}\n" for n in range(30)]
    (folder / "pairs.tsv").write_text("".join(pairs), encoding="utf-8")  # the reader's own
    run("semsearch index seeds", folder)
    return folder


def run(command: str, folder: Path) -> str:
    program, *arguments = shlex.split(command)
    assert program == "semsearch"
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("semsearch")])
def test_a_command_of_the_readme_runs(workplace: Path, command: str) -> None:
    output = run(command, workplace)
    assert output or "--trec" in command


def test_the_make_targets_exist() -> None:
    named = set(re.findall(r"make ([a-z]+)", README))
    assert {"demo", "test", "check"} <= named
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert named <= set(targets)


def test_the_python_example_prints_the_coalition_first(workplace: Path) -> None:
    (code,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workplace,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert "washington" in first.lower()
    assert len(rest) >= 2


def test_json_has_the_documented_shape(workplace: Path) -> None:
    documented = json.loads(blocks("json")[0])
    found = json.loads(run("semsearch search 'Zentralbank Zinsen' --json", workplace))
    assert list(found) == list(documented)
    assert list(found["hits"][0]) == list(documented["hits"][0])
    for hit in found["hits"]:
        if hit["path"].endswith(".txt"):
            text = Path(hit["path"]).read_text(encoding="utf-8")
            assert text[hit["start"] : hit["end"]] == hit["text"]


def test_the_trec_run_is_one_of_articles(workplace: Path) -> None:
    run("semsearch search --queries seeds/queries.jsonl --trec run.trec -k 100", workplace)
    rows = [line.split(" ") for line in (workplace / "run.trec").read_text().splitlines()]
    assert {len(row) for row in rows} == {6}
    assert len({(row[0], row[2]) for row in rows}) == len(rows)
    assert {row[2] for row in rows} <= {
        path.relative_to(workplace / "seeds").as_posix()
        for path in (workplace / "seeds").rglob("*")
    }


def test_the_demo_question_finds_the_coalition_in_several_languages(workplace: Path) -> None:
    (question,) = re.findall("^QUESTION := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    hits = json.loads(run(f"semsearch search -k 5 {shlex.quote(question)} --json", workplace))[
        "hits"
    ]
    meeting = {
        "ar/al-tahaluf-did-daesh-washington.html",
        "de/anti-is-koalition-washington.md",
        "en/coalition-against-daesh-washington.md",
        "es/coalicion-daesh-washington.txt",
        "fr/coalition-washington.txt",
    }
    assert hits[0]["doc_id"] in meeting
    assert len({hit["lang"] for hit in hits if hit["doc_id"] in meeting}) >= 3


def test_a_search_with_the_bundled_model_loads_no_torch(workplace: Path) -> None:
    code = (
        "import sys; from semsearch import SearchIndex;"
        "assert SearchIndex.open('index').search('inflation').hits;"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workplace,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "[]", done.stderr
