"""The folder in which the commands of all pages are run."""

from pathlib import Path

import pytest

from tests.docs.terminal import prepare


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    prepare(folder)
    return folder
