"""Arguments that several commands share, and what is asked of them."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.errors import InputError


def _index_folder(folder: Path) -> Path:
    if utf8(str(folder)) != str(folder):
        raise InputError("the name of an index folder must be UTF-8")
    return folder


def utf8(text: str) -> str:
    """The text with U+FFFD for what was no UTF-8: nothing below takes the surrogates of argv."""
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
KOption = Annotated[int, typer.Option("-k", min=1, help="How many articles at most.")]
LangOption = Annotated[
    str, typer.Option("--lang", metavar="CODES", help="Only these languages: fr,ar.")
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="Of this date or later: 2019 or 2019-11-15."),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="Of this date or earlier; 2019 is all of it."),
]
PathsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--path", metavar="GLOB", help="In files that match: 'fr/**', '*.md'. May be repeated."
    ),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where", metavar="FIELD=VALUE", help="With this in the front matter. May be repeated."
    ),
]
PerLangOption = Annotated[
    int | None,
    typer.Option("--per-lang", metavar="N", min=1, help="So many of each language at most."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object.")]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="One JSON object for each hit.")]
PathOrId = Annotated[
    str, typer.Argument(metavar="PATH_OR_ID", callback=utf8, help="An indexed file, or a doc_id.")
]


_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def _bytes(text: str) -> int:
    size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB)", text.strip().upper())
    if not size:
        raise InputError(f"{text} is no size of memory: write 500MB or 2GB")
    return int(float(size[1]) * _UNITS[size[2]])


TargetRecallOption = Annotated[
    float | None,
    typer.Option(
        "--target-recall",
        metavar="R",
        min=0.5,
        max=0.999,
        help="Share of the ten nearest that a large index finds: 0.95.",
    ),
]
MemoryOption = Annotated[
    int | None,
    typer.Option(
        "--memory", metavar="SIZE", parser=_bytes, help="For the codes of a large index: 500MB."
    ),
]


def query_texts(queries: list[str] | None) -> list[str]:
    """The words of each query, from standard input for `-`."""
    texts = []
    for query in queries or []:
        text = sys.stdin.buffer.read().decode("utf-8", "replace") if query == "-" else utf8(query)
        if not text.strip():
            raise InputError("the query is empty")
        texts.append(text.strip())
    return texts


def examples(names: list[str] | None) -> list[str]:
    """The articles and texts of `--like`: a file that is here by its absolute path."""
    named = [utf8(name) for name in names or []]
    return [str(Path(name).resolve()) if Path(name).is_file() else name for name in named]


def languages(codes: str) -> list[str]:
    """The codes of `--lang`: two or three letters each, separated by commas."""
    langs = [code.strip().lower() for code in codes.split(",")] if codes else []
    for code in langs:
        if not re.fullmatch("[a-z]{2,3}", code):
            raise InputError(f"--lang {code!r} is no language code; give codes like fr,ar")
    return langs


def patterns(paths: list[str] | None) -> list[str]:
    """The globs of `--path`, each also as it is meant in the working folder."""
    named = [utf8(path) for path in paths or []]
    folder = str(Path.cwd()).rstrip("/")
    return named + [f"{folder}/{path}" for path in named if not path.startswith(("/", "!"))]


def check_formats(as_json: bool, as_jsonl: bool) -> None:
    """Refuse two formats at once."""
    if as_json and as_jsonl:
        raise InputError("--json and --jsonl exclude each other")
