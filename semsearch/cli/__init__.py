"""The semsearch command: parse, call, print, exit code. No logic.

Whatever is slow to import is imported inside the commands: `--help` is for people who wait.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from semsearch import __version__
from semsearch.cli import changing, checking
from semsearch.cli.arguments import (
    IndexOption,
    JsonlOption,
    JsonOption,
    KOption,
    LangOption,
    PathOrId,
    check_formats,
    languages,
    query_text,
)
from semsearch.cli.console import (
    NOTHING_FOUND,
    Commands,
    complain,
    print_data,
    print_lines,
    progress,
)
from semsearch.errors import InputError

if TYPE_CHECKING:
    from semsearch.types import SearchResult

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # help by rich takes 70 ms more
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 found, 1 nothing found, 2 wrong input, 3 index busy, missing or damaged.",
)
for module in (changing, checking):
    for name, examples in module.EXAMPLES.items():
        app.command(name, epilog=examples)(getattr(module, name))


def _print_version(wanted: bool) -> None:
    if wanted:
        print_lines([f"semsearch {__version__}"])
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Ask a folder of articles a question, in any language, and get the passages that answer."""


@app.command(
    epilog="\b\nExamples:\n"
    "  semsearch search 'coalition contre Daech Maroc'\n"
    "  semsearch search 'flood victims' --lang fr,ar -k 5\n"
    "  pbpaste | semsearch search - --jsonl | jq -r .path\n"
    "  semsearch search --queries queries.jsonl --trec run.trec -k 100"
)
def search(
    query: Annotated[
        str | None,
        typer.Argument(metavar="QUERY", help="What to look for; - reads it from standard input."),
    ] = None,
    k: KOption = 10,
    lang: LangOption = "",
    mode: Annotated[
        Literal["hybrid", "dense", "lexical"],
        typer.Option("--mode", help="By meaning and words, by meaning only, or by words only."),
    ] = "hybrid",
    passages: Annotated[
        bool, typer.Option("--passages", help="Every passage, not only the best of each article.")
    ] = False,
    as_json: JsonOption = False,
    as_jsonl: JsonlOption = False,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help='Answer many queries: JSON lines with "_id" and "text".',
        ),
    ] = None,
    trec: Annotated[
        str | None,
        typer.Option(
            "--trec",
            metavar="OUT",
            help="Where the TREC run of --queries goes; - is standard output.",
        ),
    ] = None,
    folder: IndexOption = Path("index"),
) -> None:
    """Find the passages that answer a question.

    A TREC run has six columns, `query_id Q0 doc_id rank score semsearch`. White space inside an id
    is percent-encoded there.
    """
    langs = languages(lang)
    if queries or trec:
        if not (queries and trec):
            raise InputError("--queries and --trec go together")
        if query is not None or as_json or as_jsonl or passages:
            raise InputError(
                "--queries writes a TREC run of articles: "
                "give no QUERY, --passages, --json or --jsonl with it"
            )
        _search_many(queries, trec, k, langs, mode, folder)
        return
    text = query_text(query)
    check_formats(as_json, as_jsonl)
    from semsearch.index import SearchIndex
    from semsearch.types import Mode

    opened = SearchIndex.open(folder)
    result = opened.search(text, k, mode=Mode(mode), langs=langs, passages=passages)
    _print_hits(result, as_json, as_jsonl)


@app.command(
    epilog="\b\nExamples:\n"
    "  semsearch similar news/fr/coalition.txt\n"
    "  semsearch similar fr/coalition.txt --lang ar,en"
)
def similar(
    path_or_id: PathOrId,
    k: KOption = 10,
    lang: LangOption = "",
    as_json: JsonOption = False,
    as_jsonl: JsonlOption = False,
    folder: IndexOption = Path("index"),
) -> None:
    """Find articles like one that is indexed, in any language."""
    langs = languages(lang)
    check_formats(as_json, as_jsonl)
    from semsearch.index import SearchIndex

    opened = SearchIndex.open(folder)
    _print_hits(opened.similar(path_or_id, k, langs=langs), as_json, as_jsonl)


@app.command()
def show(path_or_id: PathOrId, folder: IndexOption = Path("index")) -> None:
    """Print an article with its passages marked."""
    from semsearch.index import SearchIndex
    from semsearch.render import Screen, article_lines

    article = SearchIndex.open(folder).article(path_or_id)
    print_lines(article_lines(article, Screen.of(sys.stdout)))


@app.command()
def status(as_json: JsonOption = False, folder: IndexOption = Path("index")) -> None:
    """Tell what an index holds."""
    from semsearch.render import Screen, dumps, status_json, status_lines
    from semsearch.status import read_status
    from semsearch.store import Reader

    found = read_status(Reader(folder))
    if as_json:
        print_data([dumps(status_json(found), indent=2)])
    else:
        print_lines(status_lines(found, Screen.of(sys.stdout)))


@app.command()
def models(as_json: JsonOption = False) -> None:
    """List the models that can be used, and which are on this machine."""
    from semsearch.encoders import available_models
    from semsearch.render import Screen, dumps, model_lines, models_json

    found = available_models()
    if as_json:
        print_data([dumps(models_json(found), indent=2)])
    else:
        print_lines(model_lines(found, Screen.of(sys.stdout)))


@app.command(
    epilog="\b\nExamples:\n"
    "  semsearch train --pairs pairs.tsv --out my-model\n"
    "  semsearch index news/ --model my-model --index my-index"
)
def train(
    pairs: Annotated[
        Path,
        typer.Option("--pairs", metavar="FILE", help="Two texts a line, with a tab between."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the new model.")],
    base: Annotated[
        str,
        typer.Option(
            "--base", metavar="NAME_OR_FOLDER", help="bundled, or a folder that train has made."
        ),
    ] = "bundled",
    epochs: Annotated[
        int,
        typer.Option("--epochs", metavar="N", min=1, help="How often each pair is learnt from."),
    ] = 10,
) -> None:
    """Adapt the bundled model to your own pairs of texts.

    Pairs are translations, questions and passages, titles and bodies: what should find each other.
    One in ten is held out to tell whether it helped.
    """
    from semsearch.encoders import static_folder
    from semsearch.training.adapt import adapt
    from semsearch.training.pairs import read_pairs

    with progress("Training") as report:
        done = adapt(read_pairs(pairs), static_folder(base), out, epochs=epochs, progress=report)
    print_lines(
        [
            f"{done.learnt:,} pairs learnt, {done.held_out:,} held out:"
            f" MRR@10 {done.before:.3f} before, {done.after:.3f} after.",
            f"Use it: semsearch index PATH --model {out}",
        ]
    )


def _search_many(
    queries: Path, out: str, k: int, langs: list[str], mode: str, folder: Path
) -> None:
    from semsearch.cli.batch import answer, whole_file
    from semsearch.evaluation import read_queries
    from semsearch.index import SearchIndex
    from semsearch.types import Mode

    asked = read_queries(queries)
    opened = SearchIndex.open(folder)
    with whole_file(out) as stream:
        hits = answer(opened, asked, stream, k, Mode(mode), langs)
    if not hits:
        complain("nothing found")
        raise typer.Exit(NOTHING_FOUND)


def _print_hits(result: "SearchResult", as_json: bool, as_jsonl: bool) -> None:
    from semsearch.render import Screen, dumps, hit_json, hit_lines, search_json

    if as_json:
        print_data([dumps(search_json(result), indent=2)])
    elif as_jsonl:
        print_data(dumps(hit_json(hit)) for hit in result.hits)
    else:
        print_lines(hit_lines(result, Screen.of(sys.stdout)))
    if not result.hits:
        complain("nothing found")
        raise typer.Exit(NOTHING_FOUND)
