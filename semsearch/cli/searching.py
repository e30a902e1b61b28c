"""The commands that ask an index: search and similar."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from semsearch.cli.arguments import (
    FullOption,
    IndexOption,
    JsonlOption,
    JsonOption,
    KOption,
    LangOption,
    PathOrId,
    PathsOption,
    PerLangOption,
    SinceOption,
    UntilOption,
    WhereOption,
    check_formats,
    examples,
    languages,
    patterns,
    query_texts,
    utf8,
)
from semsearch.cli.console import NOTHING_FOUND, complain, print_data, print_lines
from semsearch.errors import InputError
from semsearch.types import MIN_RELEVANCE

if TYPE_CHECKING:
    from semsearch.request import FilterOptions, Request
    from semsearch.types import SearchResult

EXAMPLES = {
    "search": "\b\nExamples:\n"
    "  semsearch search 'coalition contre Daech Maroc'\n"
    "  semsearch search 'flood victims' --lang fr,ar -k 5\n"
    "  semsearch search '\"free movement\" negotiat* -football'\n"
    "  echo 'flood victims' | semsearch search - --jsonl | jq -r .path\n"
    "  semsearch search --queries queries.jsonl --trec run.trec -k 100",
    "similar": "\b\nExamples:\n"
    "  semsearch similar news/fr/coalition.txt\n"
    "  semsearch similar fr/coalition.txt --lang ar,en",
}


def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY...",
            help="A question or words; several are combined; - reads standard input.",
        ),
    ] = None,
    k: KOption = 10,
    lang: LangOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    path: PathsOption = None,
    where: WhereOption = None,
    per_lang: PerLangOption = None,
    mode: Annotated[
        Literal["hybrid", "dense", "lexical"],
        typer.Option(
            "--mode", help="Rank by meaning and words, by meaning only, or by words only."
        ),
    ] = "hybrid",
    like: Annotated[
        list[str] | None,
        typer.Option(
            "--like",
            metavar="ID_OR_TEXT",
            help="Prefer articles like this doc_id, file or text. Can be repeated.",
        ),
    ] = None,
    unlike: Annotated[
        list[str] | None,
        typer.Option(
            "--unlike",
            metavar="ID_OR_TEXT",
            help="Avoid articles like this doc_id, file or text. Can be repeated.",
        ),
    ] = None,
    rerank: Annotated[
        str | None,
        typer.Option(
            "--rerank", metavar="MODEL", help="Reorder the best hits with this cross-encoder."
        ),
    ] = None,
    budget_ms: Annotated[
        float,
        typer.Option(
            "--budget-ms", metavar="MS", min=0, help="Time for --rerank, in milliseconds."
        ),
    ] = 300,
    passages: Annotated[
        bool,
        typer.Option(
            "--passages", help="Show every matching passage, not only the best of each article."
        ),
    ] = False,
    all_copies: Annotated[
        bool,
        typer.Option(
            "--all-copies",
            help="Show edited and translated copies of an article as hits of their own.",
        ),
    ] = False,
    min_relevance: Annotated[
        float | None,
        typer.Option(
            "--min-relevance",
            metavar="R",
            help="Show only hits whose relevance is at least R, from 0 to 1; 0 shows all."
            f" By default all hits are shown, or none if even the best is below {MIN_RELEVANCE}.",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the parts that each score is made of.")
    ] = False,
    full: FullOption = False,
    as_json: JsonOption = False,
    as_jsonl: JsonlOption = False,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help='Answer all queries of a file: JSON lines with "_id" and "text". Needs --trec.',
        ),
    ] = None,
    trec: Annotated[
        str | None,
        typer.Option(
            "--trec",
            metavar="OUT",
            help="File for the TREC run of --queries; - is standard output.",
        ),
    ] = None,
    folder: IndexOption = Path("index"),
) -> None:
    """Find the passages that answer a question.

    In a QUERY, "a phrase" must stand in the passage or in the title, as must a word that begins
    with prefix*; no article with -word or -"a phrase" is shown. Put the QUERY in single quotes, and
    -- before one that begins with a hyphen. --queries takes queries as they are.

    The TREC run of --queries has six columns: query_id Q0 doc_id rank score semsearch. White space
    in an id is percent-encoded.
    """
    filters = _filters(lang, since, until, path, where, per_lang)
    if queries or trec:
        if not (queries and trec):
            raise InputError("--queries and --trec go together: give both")
        refused = (query, like, unlike, rerank, passages, explain, full, as_json, as_jsonl)
        if any(refused):
            raise InputError(
                "--queries writes a TREC run of articles: leave out QUERY, --like, --unlike, "
                "--rerank, --passages, --explain, --full, --json and --jsonl"
            )
        _search_many(queries, trec, k, mode, min_relevance or 0.0, filters, folder)
        return
    texts = query_texts(query)
    if not texts and not like:
        raise InputError("there is no QUERY: say what to look for (see semsearch search --help)")
    check_formats(as_json, as_jsonl)
    from semsearch.client import ask
    from semsearch.request import Request
    from semsearch.types import Mode

    request = Request(
        texts[0] if texts else "",
        k,
        Mode(mode),
        also=texts[1:],
        like=examples(like),
        unlike=examples(unlike),
        rerank=rerank,
        budget_ms=budget_ms,
        passages=passages,
        all_copies=all_copies,
        min_relevance=min_relevance or 0.0,
        explain=explain,
        **filters,
    )
    # All hits, so that the best one can be named where none is relevant enough.
    everything = replace(request, min_relevance=0.0)
    result = ask(folder, everything, then=_rendering(as_json or as_jsonl))
    if result is None:
        from semsearch.index import SearchIndex

        (result,) = SearchIndex.open(folder).answer([everything])
    shown = result.or_nothing() if min_relevance is None else result.relevant(min_relevance)
    nothing = "" if shown.hits else _why_nothing(result, request)
    _print_hits(shown, full, as_json, as_jsonl, nothing)


def similar(
    path_or_id: PathOrId,
    k: KOption = 10,
    lang: LangOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    path: PathsOption = None,
    where: WhereOption = None,
    per_lang: PerLangOption = None,
    full: FullOption = False,
    as_json: JsonOption = False,
    as_jsonl: JsonlOption = False,
    folder: IndexOption = Path("index"),
) -> None:
    """Find articles like one in the index, in any language."""
    filters = _filters(lang, since, until, path, where, per_lang)
    check_formats(as_json, as_jsonl)
    from semsearch.client import ask
    from semsearch.request import Similar

    similar = Similar(path_or_id, k, base=str(Path.cwd()), **filters)
    result = ask(folder, similar, then=_rendering(as_json or as_jsonl))
    if result is None:
        from semsearch.index import SearchIndex

        result = SearchIndex.open(folder).similar(path_or_id, k, **filters)
    _print_hits(result, full, as_json, as_jsonl)


def _why_nothing(result: "SearchResult", request: "Request") -> str:
    """What to say where no hit is relevant enough: the best of them, and how to see it."""
    if request.only_excludes:
        return "nothing found: the query only says what to leave out; add what to look for"
    if not result.hits:
        required = [text for query in request.parsed() for text in query.required]
        if not required:
            return "nothing found"
        return (
            f"nothing found that contains {' and '.join(map(_in_quotes, required))}; leave out the "
            "quotes or the asterisk to search by meaning"
        )
    best = max(result.hits, key=lambda hit: hit.relevance or 0)
    return (
        f"nothing relevant found; the nearest is {(best.title or best.doc_id)!r}, relevance "
        f"{best.relevance:.2f}: --min-relevance 0 shows it"
    )


def _in_quotes(exact: str) -> str:
    return exact if exact.endswith("*") else f'"{exact}"'


def _filters(
    lang: str,
    since: str | None,
    until: str | None,
    path: list[str] | None,
    where: list[str] | None,
    per_lang: int | None,
) -> "FilterOptions":
    return {
        "langs": languages(lang),
        "since": since,
        "until": until,
        "paths": patterns(path),
        "where": [utf8(condition) for condition in where or []],
        "per_lang": per_lang,
    }


def _search_many(
    queries: Path,
    out: str,
    k: int,
    mode: str,
    min_relevance: float,
    filters: "FilterOptions",
    folder: Path,
) -> None:
    from semsearch.benchmarking.dataset_files import read_queries
    from semsearch.cli.batch import answer, whole_file
    from semsearch.index import SearchIndex
    from semsearch.types import Mode

    asked = read_queries(queries)
    opened = SearchIndex.open(folder)
    with whole_file(out) as stream:
        hits = answer(opened, asked, stream, k, Mode(mode), min_relevance, filters)
    if not hits:
        complain("nothing found")
        raise typer.Exit(NOTHING_FOUND)


def _rendering(as_data: bool) -> str:
    """The name of the module that `_print_hits` will import."""
    return f"semsearch.render.{'as_json' if as_data else 'hits'}"


def _print_hits(
    result: "SearchResult",
    full: bool,
    as_json: bool,
    as_jsonl: bool,
    nothing: str = "nothing found",
) -> None:
    if as_json:
        from semsearch.render.as_json import dumps, search_json

        print_data([dumps(search_json(result), indent=2)])
    elif as_jsonl:
        from semsearch.render.as_json import dumps, hit_json

        print_data(dumps(hit_json(hit)) for hit in result.hits)
    else:
        from semsearch.render.hits import hit_lines, passage_lines
        from semsearch.render.screen import Screen

        print_lines((passage_lines if full else hit_lines)(result, Screen.of(sys.stdout)))
    if not result.hits:
        complain(nothing)
        raise typer.Exit(NOTHING_FOUND)
