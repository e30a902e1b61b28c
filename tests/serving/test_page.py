"""The page for people: what it shows of a passage."""

from semsearch.serving.page import page
from semsearch.types import Hit, Mode, SearchResult

TEXT = "## Local news\n\nThe **dam** burst at dawn. See [the map](https://a.example/map)."


def test_the_answer_is_marked_and_signs_of_markdown_are_not_shown() -> None:
    answer = TEXT.index("The **dam**"), TEXT.index(" See")
    hit = Hit(
        rank=1,
        score=0.5,
        doc_id="dam.md",
        path="/news/dam.md",
        title="A <dam>",
        lang="en",
        date=None,
        start=0,
        end=len(TEXT),
        text=TEXT,
        line=3,
        page=None,
        highlights=(answer,),
    )
    shown = page(SearchResult("dam", Mode.HYBRID, (hit,), {}))
    assert "Local news  <mark>The dam burst at dawn.</mark> See the map.</p>" in shown
    assert "A &lt;dam&gt;</h2>" in shown
