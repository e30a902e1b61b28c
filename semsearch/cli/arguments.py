"""Arguments and options that several commands share, and how their values are read."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.errors import InputError

if TYPE_CHECKING:
    from semsearch.config import VectorSettings


def _index_folder(folder: Path) -> Path:
    if utf8(str(folder)) != str(folder):
        raise InputError("the name of an index folder must be valid UTF-8; rename the folder")
    return folder


def utf8(text: str) -> str:
    """An argument with U+FFFD in place of bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


IndexOption = Annotated[
    Path,
    typer.Option(
        "--index",
        metavar="DIR",
        envvar="SEMSEARCH_INDEX",
        callback=_index_folder,
        help="Folder of the index.",
    ),
]
KOption = Annotated[int, typer.Option("-k", metavar="N", min=1, help="Show at most N hits.")]
LangOption = Annotated[
    str,
    typer.Option(
        "--lang",
        metavar="LANGUAGES",
        help="Only articles in these languages, by code or name, for example fr,Arabic.",
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Only articles of this date or later, for example 2019 or 2019-11-15.",
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DATE",
        help="Only articles of this date or earlier; 2019 includes all of that year.",
    ),
]
PathsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--path",
        metavar="GLOB",
        help="Only articles in files that match, for example 'fr/**' or '*.md'. Can be repeated.",
    ),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FIELD=VALUE",
        help="Only articles with this value in their front matter. Can be repeated.",
    ),
]
PerLangOption = Annotated[
    int | None,
    typer.Option("--per-lang", metavar="N", min=1, help="At most N hits in each language."),
]
FullOption = Annotated[bool, typer.Option("--full", help="Show the whole passage of each hit.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="Print one line of JSON for each hit.")]
PathOrId = Annotated[
    str,
    typer.Argument(
        metavar="PATH_OR_ID", callback=utf8, help="The path of an indexed file, or a doc_id."
    ),
]


_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def _bytes(text: str) -> int:
    size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB)", text.strip().upper())
    if not size:
        raise InputError(f"{text} is not a size of memory: write it like 500MB or 2GB")
    return int(float(size[1]) * _UNITS[size[2]])


TargetRecallOption = Annotated[
    float | None,
    typer.Option(
        "--target-recall",
        metavar="R",
        min=0.5,
        max=0.999,
        help="Share of the ten nearest passages that a large index must find, for example 0.95.",
    ),
]
MemoryOption = Annotated[
    int | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        parser=_bytes,
        help="Memory for the compressed vectors of a large index, for example 500MB.",
    ),
]


def vector_settings(target_recall: float | None, memory: int | None) -> "VectorSettings":
    """The settings of `--target-recall` and `--memory`, with the default for one left out."""
    from semsearch.config import VectorSettings

    return VectorSettings(target_recall or VectorSettings().target_recall, memory)


def query_texts(queries: list[str] | None) -> list[str]:
    """The text of each query; `-` stands for standard input."""
    texts = []
    for query in queries or []:
        text = sys.stdin.buffer.read().decode("utf-8", "replace") if query == "-" else utf8(query)
        if not text.strip():
            raise InputError("the query is empty")
        texts.append(text.strip())
    return texts


def examples(names: list[str] | None) -> list[str]:
    """The values of `--like`, with the name of an existing file as its absolute path."""
    named = [utf8(name) for name in names or []]
    return [str(Path(name).resolve()) if Path(name).is_file() else name for name in named]


def languages(given: str) -> list[str]:
    """The codes and names of `--lang`, separated by commas."""
    return utf8(given).split(",") if given else []


def patterns(paths: list[str] | None) -> list[str]:
    """The globs of `--path`, and each relative one also as seen from the working folder."""
    named = [utf8(path) for path in paths or []]
    folder = str(Path.cwd()).rstrip("/")
    return named + [f"{folder}/{path}" for path in named if not path.startswith(("/", "!"))]


def check_formats(as_json: bool, as_jsonl: bool) -> None:
    """Raise InputError where both formats are asked for."""
    if as_json and as_jsonl:
        raise InputError("--json and --jsonl cannot be combined: choose one")
