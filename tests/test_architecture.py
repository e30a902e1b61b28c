"""The layers: a module imports only from layers below its own."""

import ast
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "semsearch"
LAYERS = [
    {"types", "errors", "config"},
    {"disk", "reports", "request", "text"},
    {"chunking", "client", "encoders", "lexical", "ranking", "readers", "vectors"},
    {"store", "training"},
    {"searching"},
    {"indexing"},
    {"index", "render"},
    {"benchmarking", "serving"},
    {"cli"},
    {"__main__", "__init__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(module: str) -> str:
    return [*module.split("."), "__init__"][1]


def home(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "semsearch":
            names |= {alias.name for alias in node.names if alias.name in LEVEL}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("semsearch."):
            names.add(part(node.module))
        elif isinstance(node, ast.Import):
            names |= {part(a.name) for a in node.names if a.name.split(".")[0] == "semsearch"}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_point_downward(path: Path) -> None:
    own = home(path)
    wrong = {name for name in imported(path) - {own} if LEVEL[name] >= LEVEL[own]}
    assert not wrong, f"{own} (layer {LEVEL[own]}) imports {sorted(wrong)}"


@pytest.mark.parametrize(
    ("library", "only"),
    [
        ("faiss", {"vectors", "benchmarking"}),
        ("tantivy", {"lexical"}),
        ("sqlite3", {"store"}),
        ("torch", {"encoders", "training"}),
        ("sentence_transformers", {"encoders", "training"}),
        ("matplotlib", {"benchmarking"}),
        ("h5py", {"benchmarking"}),
    ],
)
def test_one_part_knows_each_library(library: str, only: set[str]) -> None:
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
                users.add(home(path))
    assert users <= only


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_module_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
