"""The rooms of the package, as ARCHITECTURE.md lists them: floors, doors, paths, sizes."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "semsearch"
DOCUMENT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
HOW = (
    "A module imports from lower floors only, and from a package only what its `__init__` lists. "
    "Move what both need to a lower floor, or the new code to the room that it belongs to; "
    "ARCHITECTURE.md, under Rooms, says what each room is for."
)


def table(heading: str) -> list[list[str]]:
    """The cells of the rows of the first table below a heading of ARCHITECTURE.md."""
    section = DOCUMENT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


ROOMS = {room.strip("`/"): int(floor) for floor, room, _ in table("Rooms")}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of all that a file takes from semsearch, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "semsearch":
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from ((name, "") for name in names if name.split(".")[0] == "semsearch")


def target(module: str, name: str) -> str:
    """The room that an import goes to."""
    return [*module.split("."), name or "__init__"][1]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_room_has_a_row() -> None:
    rooms = {path.stem for path in PACKAGE.glob("*.py")} | {path.name for path in PACKAGES}
    assert set(ROOMS) == rooms, "ARCHITECTURE.md, under Rooms, has one row for each room"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_downward(path: Path) -> None:
    own = room(path)
    wrong = {
        to
        for to in {target(*each) for each in imports(path)} - {own}
        if ROOMS.get(to, 99) >= ROOMS[own]
    }
    assert not wrong, f"{own} (floor {ROOMS[own]}) imports {sorted(wrong)}. {HOW}"


@pytest.mark.parametrize(
    "path", [*MODULES, *sorted((ROOT / "benchmarks").glob("*.py"))], ids=name_of
)
def test_nobody_reaches_past_a_door(path: Path) -> None:
    own = room(path) if path.is_relative_to(PACKAGE) else "benchmarks"
    wrong = []
    for module, name in imports(path):
        to = target(module, name)
        if to == own or module == "semsearch" or not (PACKAGE / to).is_dir():
            continue
        offered = importlib.import_module(f"semsearch.{to}").__all__
        inner = [*module.split(".")[2:], name][0]
        if inner not in offered:
            wrong.append(f"{module}: {name}")
    assert not wrong, f"{name_of(path)} takes {wrong}, which is not offered. {HOW}"


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda path: path.name)
def test_a_package_says_what_it_is_for(folder: Path) -> None:
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source)) or ""
    sentences = re.findall(r"[^.]+\.(?=\s|$)", text)
    assert 2 <= len(sentences) <= 4, "what happens in it, what it imports, what others may take"
    assert "mport" in text
    assert "thers" in text or "nobody" in text or "Only" in text


@pytest.mark.parametrize("floor_room_text", table("Rooms"), ids=lambda row: row[1])
def test_the_row_of_a_room_is_the_first_sentence_of_it(floor_room_text: list[str]) -> None:
    _, name, text = floor_room_text
    path = PACKAGE / name.strip("`/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
    assert text == " ".join(first.split())


@pytest.mark.parametrize("heading", ["A file into the index", "A question to its hits"])
def test_the_steps_of_a_path_stand_in_their_files(heading: str) -> None:
    steps = table(heading)
    assert len(steps) >= 6
    for _, call, file in steps:
        path = ROOT / file.strip("`")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        assert set(re.findall(r"\w+", call)) <= names, f"{call} is not in {file}"


@pytest.mark.parametrize(
    ("library", "only"),
    [
        ("faiss", {"vectors", "benchmarking"}),
        ("Stemmer", {"lexical"}),
        ("sqlite3", {"store"}),
        ("torch", {"encoders", "training"}),
        ("sentence_transformers", {"encoders", "training"}),
        ("matplotlib", {"benchmarking"}),
        ("h5py", {"benchmarking"}),
    ],
)
def test_one_room_knows_each_library(library: str, only: set[str]) -> None:
    users = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(name.split(".")[0] == library for name in names):
                users.add(room(path))
    assert users <= only


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_tests_stand_in_the_folder_of_a_room() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders - {"docs"} <= set(ROOMS)
