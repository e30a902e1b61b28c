"""What CONTRIBUTING.md tells a newcomer to run, open and look for is there."""

import re
import shlex
import subprocess
import sys

import pytest

from tests.paths import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PYTEST = re.findall(r"^ *\.venv/bin/python -m pytest (.+)$", PAGE, flags=re.MULTILINE)


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = re.findall(r"(?:`|^ *)make ([a-z -]+)(?:`|$)", PAGE, flags=re.MULTILINE)
    assert {target for line in named for target in line.split()} <= targets


def test_every_part_of_the_package_has_a_row() -> None:
    table = PAGE.split("| it belongs in |", 1)[1].split("\n\n", 1)[0]
    cells = [row.strip("| ").rsplit("|", 1)[-1] for row in table.splitlines()]
    named = re.findall("`([a-z]+)`", " ".join(cells))
    package = ROOT / "semsearch"
    parts = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    parts |= {path.parent.name for path in package.glob("*/__init__.py")}
    assert sorted(named) == sorted(parts)


@pytest.mark.parametrize("arguments", PYTEST)
def test_one_test_runs_as_the_page_says(arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *shlex.split(arguments)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    assert re.search("^[1-9][0-9]* passed", done.stdout, flags=re.MULTILINE)
