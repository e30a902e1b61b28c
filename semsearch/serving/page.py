"""The page at /: a search field, the hits, and links to the API."""

from html import escape

from semsearch.render.plain import plain
from semsearch.types import Hit, SearchResult

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>semsearch</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem;
  margin: 2rem auto; padding: 0 1rem }}
form {{ display: flex; gap: .5rem }}
input {{ flex: 1; font: inherit; padding: .3rem .5rem }}
button {{ font: inherit }}
h2 {{ font-size: 1rem; margin: 1.5rem 0 0 }}
p {{ margin: 0 }}
.origin {{ opacity: .7; font-size: .85rem; overflow-wrap: anywhere }}
footer {{ margin-top: 3rem; font-size: .85rem }}
</style>
<form><input name="q" aria-label="Question" value="{query}" dir="auto" required autofocus>
<button>Search</button></form>
<p class="origin">“a phrase” · -word · prefix*</p>
<main>{hits}</main>
<footer>For programs: <code>/search?q=…</code>, <code>/similar?id=…</code>, <code>/status</code>;
all of it in <a href="/openapi.json">openapi.json</a>.</footer>
"""


def page(result: SearchResult | None) -> str:
    """The page as HTML, with the hits of a result; text from queries and articles is escaped."""
    if result is None:
        return _PAGE.format(query="", hits="")
    hits = "".join(map(_hit, result.hits)) or "<p>nothing found</p>"
    return _PAGE.format(query=_text(result.query), hits=hits)


def _hit(hit: Hit) -> str:
    lang = f' lang="{_text(hit.lang)}"' if hit.lang else ""
    origin = f"{hit.lang or 'und'} · {hit.relevance or 0:.2f} · {hit.path}"
    return (
        f'<h2 dir="auto"{lang}>{_text(hit.title or hit.doc_id)}</h2>\n'
        f'<p class="origin">{_text(origin)}</p>\n'
        f'<p dir="auto"{lang}>{_marked(hit)}</p>\n'
    )


def _marked(hit: Hit) -> str:
    text, (marks,) = plain(hit.text, hit.highlights)
    parts, end = [], 0
    for start, stop in sorted(marks):
        parts += [_text(text[end:start]), f"<mark>{_text(text[start:stop])}</mark>"]
        end = stop
    return "".join([*parts, _text(text[end:])])


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode())
