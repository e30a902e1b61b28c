"""What the README promises beyond its commands: its size, its pictures, the demo, no torch."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.docs.pictures import IMAGES, lines_of_picture, terminal_lines, terminal_picture
from tests.docs.terminal import Terminal
from tests.paths import ROOT

README = ROOT / "README.md"


def test_it_is_short() -> None:
    assert len(README.read_bytes()) <= 9_000


def test_the_picture_of_the_terminal_shows_what_is_printed(workplace: Path) -> None:
    shown = lines_of_picture((IMAGES / "terminal.svg").read_text(encoding="utf-8"))
    assert shown == lines_of_picture(terminal_picture(terminal_lines(workplace)))
    assert shown[0].startswith("$ semsearch search")
    assert shown[1].startswith("1  ")


@pytest.mark.parametrize("picture", sorted(IMAGES.iterdir()), ids=lambda path: path.name)
def test_a_picture_is_small_and_asks_no_other_site(picture: Path) -> None:
    data = picture.read_bytes()
    assert len(data) < 150_000
    assert b"http" not in data.replace(b"http://www.w3.org/2000/svg", b"")


def ask(folder: Path, command: str) -> str:
    with Terminal(folder) as terminal:
        return terminal.run(command)


def test_hits_of_json_point_into_their_files(workplace: Path) -> None:
    hits = json.loads(ask(workplace, "semsearch search 'Zentralbank Zinsen' --json"))["hits"]
    texts = [hit for hit in hits if hit["path"].endswith(".txt")]
    assert texts
    for hit in texts:
        text = Path(hit["path"]).read_text(encoding="utf-8")
        assert text[hit["start"] : hit["end"]] == hit["text"]


def test_the_trec_run_is_one_of_articles(workplace: Path) -> None:
    ask(workplace, "semsearch search --queries seeds/queries.jsonl --trec run.trec -k 100")
    rows = [line.split(" ") for line in (workplace / "run.trec").read_text().splitlines()]
    assert {len(row) for row in rows} == {6}
    assert len({(row[0], row[2]) for row in rows}) == len(rows)
    assert {row[2] for row in rows} <= {
        path.relative_to(workplace / "seeds").as_posix()
        for path in (workplace / "seeds").rglob("*")
    }


def test_the_demo_question_finds_the_coalition_in_several_languages(workplace: Path) -> None:
    (question,) = re.findall(
        "^QUESTION := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    hits = json.loads(ask(workplace, f"semsearch search -k 5 {shlex.quote(question)} --json"))[
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


def test_a_search_with_the_default_model_loads_no_torch(workplace: Path) -> None:
    code = (
        "import sys; from semsearch import SearchIndex;"
        "assert SearchIndex.open('index').search('inflation').hits;"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    assert ask(workplace, shlex.join(["python3", "-c", code])) == "[]\n"
