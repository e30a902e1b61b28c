"""Every command, program, link and output of README.md and docs/ is real."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.__main__ import main
from tests.docs.pages import (
    PAGES,
    Exchange,
    blocks,
    commands,
    exchanges,
    holds,
    name,
    programs,
)
from tests.docs.terminal import Terminal
from tests.paths import ROOT

SLOW = re.compile("semsearch (bench|train)|minilm|my-model")
"""Commands that measure, train or load torch."""
CONSOLES = [
    pytest.param(page, block, marks=[pytest.mark.slow] if SLOW.search(block) else [])
    for page in PAGES
    for block in blocks(page, "console")
]
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}


def with_commands(slow: bool) -> list[tuple[Path, list[str]]]:
    found = [(page, [c for c in commands(page) if bool(SLOW.search(c)) is slow]) for page in PAGES]
    return [(page, lines) for page, lines in found if lines]


def named(value: object) -> str | None:
    return name(value) if isinstance(value, Path) else ""


@pytest.mark.parametrize(("page", "lines"), with_commands(slow=False), ids=named)
def test_commands_of_a_page_run(
    workplace: Path, page: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    for line in lines:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, line


@pytest.mark.slow
@pytest.mark.parametrize(("page", "lines"), with_commands(slow=True), ids=named)
def test_slow_commands_of_a_page_run(workplace: Path, page: Path, lines: list[str]) -> None:
    with Terminal(workplace) as terminal:
        for line in lines:
            output = terminal.run(f"{line} && echo done")
            assert "done" in output.splitlines(), output


@pytest.mark.parametrize(("page", "block"), CONSOLES, ids=named)
def test_a_page_shows_what_is_printed(workplace: Path, page: Path, block: str) -> None:
    with Terminal(workplace) as terminal:
        for command, shown in exchanges(block):
            printed = terminal.run(command)
            assert holds(shown, printed), f"$ {command}\n{printed}"


@pytest.mark.parametrize(
    ("page", "program"), [(page, each) for page in PAGES for each in programs(page)], ids=named
)
def test_python_of_a_page_prints_what_is_shown(
    workplace: Path, page: Path, program: Exchange
) -> None:
    with Terminal(workplace) as terminal:
        printed = terminal.run(shlex.join(["python3", "-c", program.command]))
    assert holds(program.shown, printed), printed


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[page]):
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_make_targets_of_a_page_exist(page: Path) -> None:
    targets = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXTS[page], re.MULTILINE)) <= set(targets)


def test_every_command_and_every_page_is_told_about() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "semsearch", "--help"], capture_output=True, text=True, check=True
    ).stdout
    names = re.findall(r"^  ([a-z]+) +[A-Z]", listed.partition("Commands:")[2], re.MULTILINE)
    guide = TEXTS[ROOT / "docs" / "guide.md"]
    assert [each for each in names if f"| `{each}" not in guide] == []
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if page.name not in navigation] == []


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a\nc\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nd\n", True),
        ("a\n", "a\nb\n", False),
        ("3.50\n", "3x50\n", False),
    ],
)
def test_what_stands_for_anything(shown: str, printed: str, same: bool) -> None:
    assert holds(shown, printed) is same
