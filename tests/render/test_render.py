"""What is printed: every script in reading order, nothing that could command the terminal."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.encoders import ModelInfo
from semsearch.render.as_json import dumps, hit_json, search_json
from semsearch.render.cells import width, words, wrap
from semsearch.render.hits import hit_lines, passage_lines
from semsearch.render.plain import plain
from semsearch.render.reports import article_lines, model_lines, report_lines, status_lines
from semsearch.render.screen import Screen
from semsearch.render.trec import trec_lines
from semsearch.reports import Status, SyncReport
from semsearch.types import (
    Article,
    Chunk,
    Copy,
    Document,
    Explanation,
    Hit,
    Mode,
    SearchResult,
    Skipped,
)

PIPE = Screen()
TERMINAL = Screen(columns=40, styled=True)
NO_COLOR = Screen(columns=40, styled=False)
RLI, LRI, PDI = "\u2067", "\u2066", "\u2069"
FRENCH = "Le ministre a parlé. Le Maroc restera un partenaire de la coalition. Il est reparti."
ARABIC = "شارك الوزير في اجتماع التحالف. وقال إن المملكة ستواصل دعم الجهود في إفريقيا منذ 2019."


def hit(text: str, **fields: object) -> Hit:
    found = Hit(
        rank=1,
        score=0.81234567,
        doc_id="fr/maroc.txt",
        path="/news/fr/maroc.txt",
        title="Le Maroc et la coalition",
        lang="fr",
        date=None,
        start=10,
        end=10 + len(text),
        text=text,
        line=3,
        page=None,
    )
    return replace(found, **fields)  # type: ignore[arg-type] # of fields of several types


def result(*hits: Hit) -> SearchResult:
    return SearchResult("où ?", Mode.HYBRID, hits, {"encode": 1.23456, "total": 2.0})


def printed(found: Hit, screen: Screen = PIPE) -> list[str]:
    return list(hit_lines(result(found), screen))


def whole(found: Hit, screen: Screen = PIPE) -> list[str]:
    return list(passage_lines(result(found), screen))


def seen(line: str) -> str:
    """A line as a terminal shows it: without styles, links and isolates."""
    line = re.sub("\x1b]8;;.*?\x1b\\\\|\x1b\\[[0-9;]*m", "", line)
    return re.sub(f"[{RLI}{LRI}{PDI}]", "", line)


def test_a_pipe_gets_plain_text() -> None:
    start = FRENCH.index("Le Maroc")
    found = hit(FRENCH, highlights=((start, start + 47),), date="2019-11-14T18:30:00+00:00")
    assert printed(found) == [
        "1  0.812  Le Maroc et la coalition · French · 2019-11-14",
        "   /news/fr/maroc.txt:3  Le Maroc restera un partenaire de la coalition. Il est reparti.",
    ]
    assert whole(found) == [
        "1  0.812  Le Maroc et la coalition",
        "   French · 2019-11-14T18:30:00+00:00 · /news/fr/maroc.txt:3",
        "   " + FRENCH,
    ]


def test_an_explanation_adds_up_and_fits_the_screen() -> None:
    explanation = Explanation({"dense": 0.5, "lexical": 0.31234}, {"shares": 0.44, "known": 1.0})
    found = hit("x", explanation=explanation)
    told = "0.812 = dense 0.500 + lexical 0.312 (shares 0.44, known 1.00)"
    assert printed(found)[1] == f"   {told}"
    assert whole(found)[2] == f"   {told}"
    lines = printed(found, NO_COLOR)
    assert " ".join(line.strip() for line in lines[1:-1]) == told
    assert all(width(line) <= 40 for line in lines)


def test_copies_are_counted_by_language() -> None:
    copies = tuple(Copy("x", "/x", "X", lang) for lang in ("fr", "ar", "fr"))
    assert printed(hit("x", similar=copies))[0].endswith(" · +3 similar (French 2, Arabic)")
    assert whole(hit("x", similar=copies))[1].endswith(" · +3 similar (French 2, Arabic)")
    wide = printed(hit("x", similar=copies), Screen(columns=80))[0]
    assert wide == "1  0.812  Le Maroc et la coalition · French · +3 similar"


def test_relevance_stands_before_a_hit_that_has_one() -> None:
    assert printed(hit("x", relevance=0.917))[0].startswith("1  0.92  Le Maroc et la coalition")


def test_a_terminal_gets_styles_and_a_link() -> None:
    start = FRENCH.index("Le Maroc")
    match = FRENCH.index("Maroc"), FRENCH.index("Maroc") + 5
    marks = {"highlights": ((start, start + 47),), "matches": (match,)}
    lines = printed(hit(FRENCH, **marks), replace(TERMINAL, columns=60))
    assert lines[0] == "1  0.812  \x1b[1mLe Maroc et la coalition\x1b[0m\x1b[2m · French\x1b[0m"
    link = (
        "\x1b]8;;file:///news/fr/maroc.txt\x1b\\\x1b[36m/news/fr/maroc.txt:3\x1b[0m\x1b]8;;\x1b\\"
    )
    assert lines[1] == f"   {link}  Le \x1b[1mMaroc\x1b[0m restera un partenaire de\x1b[2m…\x1b[0m"
    lines = whole(hit(FRENCH, **marks), TERMINAL)
    assert link in lines[1]
    assert lines[2] == "   \x1b[2mLe ministre a parlé. \x1b[0mLe \x1b[1mMaroc\x1b[0m restera"
    assert lines[3] == "   un partenaire de la coalition.\x1b[2m Il est\x1b[0m"
    assert lines[4] == "   \x1b[2mreparti.\x1b[0m"
    assert not any("\x1b" in line for line in printed(hit(FRENCH), NO_COLOR))


def test_paths_in_links_are_encoded_and_short_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = str(tmp_path / "é b.pdf")
    line = printed(hit("x", path=path, doc_id="é b.pdf", page=7, line=None), TERMINAL)[1]
    assert f"\x1b]8;;file://{tmp_path}/%C3%A9%20b.pdf\x1b\\" in line
    assert seen(line) == "   é b.pdf, page 7  x"


def test_an_article_among_many_in_a_file_shows_its_doc_id() -> None:
    found = hit("x", doc_id="n17", lang="xx")
    assert printed(found)[1] == "   /news/fr/maroc.txt:3 · n17  x"
    assert whole(found)[1] == "   xx · /news/fr/maroc.txt:3 · n17"


def test_a_hit_without_a_title_shows_its_doc_id() -> None:
    assert printed(hit("x", title=" "))[0] == "1  0.812  fr/maroc.txt · French"


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(("hits", "lines"), [(10, 23), (9, 23), (7, 21), (1, 3)])
def test_ten_hits_leave_the_best_one_on_a_terminal_of_24_lines(
    columns: int, hits: int, lines: int
) -> None:
    titles, texts = (
        (FRENCH * 3, ARABIC * 3, "摩洛哥外交大臣出席了会议。" * 9),
        ("mot " * 99, ARABIC * 9),
    )
    found = [
        hit(texts[rank % 2], rank=rank, title=titles[rank % 3], path=f"/a{'/long' * rank}.txt")
        for rank in range(1, hits + 1)
    ]
    shown = list(hit_lines(result(*found), Screen(columns, rows=24)))
    assert len(shown) == lines
    assert all(width(seen(line)) <= columns for line in shown)
    assert seen(shown[0]).lstrip().startswith("1  0.812  شارك الوزير")
    assert sum(line.rstrip(PDI).endswith("…") for line in shown) == hits  # each snippet is cut


def test_a_hit_has_two_lines_on_a_terminal_however_low() -> None:
    found = [hit("mot " * 99, rank=rank) for rank in range(1, 13)]
    assert len(list(hit_lines(result(*found), Screen(80, rows=10)))) == 24


def test_a_long_title_leaves_room_for_language_and_date() -> None:
    line = printed(hit("x", title="Le Maroc " * 20, date="2019-11-14"), Screen(60, rows=24))[0]
    assert re.fullmatch(r"1  0\.812  Le Maroc Le .*… · French · 2019-11-14", line)
    assert width(line) <= 60


def test_of_a_path_too_long_the_end_is_shown() -> None:
    found = hit("Il est reparti.", path="/news/" + "a" * 90 + "/fr/maroc.txt")
    line = printed(found, Screen(80, rows=24))[1]
    assert re.fullmatch(r"   …a+/fr/maroc\.txt:3  Il est reparti\.", line)


def test_markdown_is_not_shown() -> None:
    text = (
        "# Le Maroc\n\n> *Le ministre* a parlé.\n\n- **Le Maroc** [restera](https://a.example).\n"
    )
    start = text.index("- **")
    found = hit(text, title="Le Maroc", highlights=((start, len(text) - 1),))
    assert printed(found)[1] == "   /news/fr/maroc.txt:3  Le Maroc restera."
    assert whole(found)[2] == "   Le Maroc Le ministre a parlé. Le Maroc restera."
    assert plain(text, [(start, len(text) - 1)])[1] == [[(32, 49)]]


def test_a_passage_that_does_not_answer_begins_after_its_title() -> None:
    found = hit("Le Maroc et la coalition\n\nLe ministre a parlé.")
    assert printed(found)[1] == "   /news/fr/maroc.txt:3  Le ministre a parlé."


def test_arabic_is_isolated_line_by_line_and_flush_right() -> None:
    found = hit(ARABIC, title="المغرب والتحالف", lang="ar", highlights=((0, 30),))
    lines = whole(found, TERMINAL)
    assert lines[0] == f"1  0.812  {RLI}\x1b[1mالمغرب والتحالف\x1b[0m{PDI}"
    assert [seen(line).lstrip() for line in lines[2:]] == [
        "شارك الوزير في اجتماع التحالف. وقال",
        "إن المملكة ستواصل دعم الجهود في",
        "إفريقيا منذ 2019.",
    ]
    for line in lines[2:]:
        assert re.fullmatch(f" *{RLI}[^{RLI}{PDI}]+{PDI}", line)
        assert width(seen(line)) == 40
    assert whole(found)[2] == "   " + ARABIC  # no isolates in a pipe


def test_arabic_beside_a_path_ends_at_the_right_margin() -> None:
    lines = printed(hit(ARABIC * 2, highlights=((0, 30),)), Screen(60, rows=24))
    assert re.fullmatch(f"   /news/fr/maroc\\.txt:3  +{RLI}شارك الوزير[^{RLI}]+{PDI}", lines[1])
    assert re.fullmatch(f" +{RLI}[^{RLI}]+…{PDI}", lines[2])
    assert [width(seen(line)) for line in lines[1:]] == [60, 60]


def test_a_latin_line_that_quotes_arabic_keeps_its_direction() -> None:
    lines = whole(hit("Le mot داعش est un acronyme."), NO_COLOR)
    assert lines[2] == f"   {LRI}Le mot داعش est un acronyme.{PDI}"


def test_chinese_is_wrapped_by_cells_and_never_starts_a_line_with_a_full_stop() -> None:
    text = "摩洛哥外交大臣周四出席了会议。他表示支持。"
    lines = [line[3:] for line in whole(hit(text, lang="zh"), Screen(columns=32))[-2:]]
    assert lines == ["摩洛哥外交大臣周四出席了会", "议。他表示支持。"]  # 。 would be cell 30 of 29


def test_a_long_passage_is_shown_from_its_answer_on() -> None:
    before, after = "avant " * 100, " après" * 100
    answer = "Voici la réponse."
    found = hit(before + answer + after, highlights=((600, 600 + len(answer)),))
    line = printed(found)[1]
    assert re.fullmatch(r"   /news/fr/maroc\.txt:3  Voici la réponse\.( après)+ …", line)
    assert 300 < len(line) < 420
    assert whole(found)[2] == "   " + (before + answer + after)


def test_hostile_text_commands_nothing() -> None:
    evil = "\x1b]0;owned\x07\u202eevil\x9b31m\r\n\x1b[2J\ud800"
    found = hit(evil, title=evil, path=f"/news/{evil}", doc_id=evil, lang=evil, date=evil)
    for screen in (PIPE, NO_COLOR):
        shown = "\n".join([*printed(found, screen), *whole(found, screen)])
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown)
    styled = "".join(printed(found, TERMINAL))
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", seen(styled))
    assert styled.count("\x1b]") == 2


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("Maroc", 5),
        ("摩洛哥", 6),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👦", 2),
        ("🇲🇦🇫🇷", 4),
        ("한국", 4),
        ("\u1112\u1161\u11ab", 2),
        ("مَغرِب", 4),
        ("❤️", 2),
        ("👍🏽", 2),
        ("21°", 3),
    ],
)
def test_width_is_what_a_terminal_shows(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize(
    "text", ["👨‍👩‍👧‍👦🇲🇦🇫🇷👍🏽e\u0301" * 5, "क्षत्रिय" * 9, "ภาษาไทยเป็นภาษา" * 5]
)
@pytest.mark.parametrize("columns", [2, 3, 7])
def test_no_line_cuts_a_grapheme_or_loses_one(text: str, columns: int) -> None:
    lines = wrap(words(text), columns)
    shown = ["".join(glyph.text for glyph in line) for line in lines]
    assert "".join(shown) == text
    assert all(
        width(line) <= columns or len(glyphs) == 1
        for line, glyphs in zip(shown, lines, strict=True)
    )
    graphemes = [glyph.text for glyph in wrap(words(text), None)[0]]
    assert [glyph.text for line in lines for glyph in line] == graphemes


def test_french_punctuation_stays_at_its_word() -> None:
    lines = wrap(words("il dit\u00a0: «\u202foui\u202f»"), 7)
    assert ["".join(glyph.text for glyph in line) for line in lines] == [
        "il",
        "dit\u00a0:",
        "«\u202foui\u202f»",
    ]


def test_json_has_exactly_the_documented_shape() -> None:
    assert search_json(result(hit("a\u2028b"))) == {
        "query": "où ?",
        "mode": "hybrid",
        "hits": [
            {
                "rank": 1,
                "score": 0.812346,
                "relevance": None,
                "doc_id": "fr/maroc.txt",
                "path": "/news/fr/maroc.txt",
                "title": "Le Maroc et la coalition",
                "lang": "fr",
                "start": 10,
                "end": 13,
                "text": "a\u2028b",
                "highlights": [],
                "matches": [],
                "similar": [],
            }
        ],
        "timings_ms": {"encode": 1.235, "total": 2.0},
    }
    assert hit_json(hit("x", lang=None))["lang"] is None


def test_json_is_one_safe_utf8_line_that_loses_nothing() -> None:
    text = "المغرب 摩洛哥\n\x1b[31m\x9b\u202e\u2028\x85\u2066\ufeff😀"
    line = dumps({"text": text})
    assert len(line.splitlines()) == 1
    assert "المغرب 摩洛哥" in line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", line)
    assert json.loads(line.encode()) == {"text": text}
    assert json.loads(dumps("a\udcffb").encode()) == "a\ufffdb"


def test_trec_scores_fall_and_ids_have_no_white_space() -> None:
    same = [
        hit("x", rank=rank, score=0.5, doc_id=doc_id)
        for rank, doc_id in enumerate(["a b", "c\u3000d", "e%f"], 1)
    ]
    assert list(trec_lines("q 1", result(*same))) == [
        "q%201 Q0 a%20b 1 0.50000 semsearch",
        "q%201 Q0 c%E3%80%80d 2 0.49999 semsearch",
        "q%201 Q0 e%f 3 0.49998 semsearch",
    ]


REPORT = SyncReport(
    added=1200,
    changed=2,
    moved=4,
    removed=1,
    unchanged=0,
    embedded=3000,
    articles=1201,
    passages=1,
    languages={"fr": 1200, "und": 1},
    skipped=(
        *(Skipped(f"/news/{i}.txt", "empty") for i in range(8)),
        Skipped("/news/x.pdf", "broken"),
    ),
    seconds=1.26,
)


def test_the_report_names_every_skipped_file_off_a_terminal() -> None:
    assert list(report_lines(REPORT, PIPE)) == [
        "1,201 articles, 1 passage in 1.3 s",
        "files: 1,200 new, 2 changed, 4 moved, 1 removed, 0 unchanged; 3,000 passages embedded",
        "languages: French 1,200, unknown 1",
        "skipped 9 files:",
        "  empty (8)",
        *(f"    /news/{i}.txt" for i in range(8)),
        "  broken (1)",
        "    /news/x.pdf",
    ]


def test_the_report_is_bounded_on_a_terminal() -> None:
    lines = list(report_lines(REPORT, NO_COLOR))
    assert lines[-3:] == ["    and 3 more", "  broken (1)", "    /news/x.pdf"]
    many = replace(REPORT, skipped=tuple(Skipped(f"{i}", f"reason {i}") for i in range(40)))
    assert list(report_lines(many, NO_COLOR))[-1] == "  and 28 more for 28 other reasons"


def test_status_is_a_fact_a_line() -> None:
    updated = "2025-01-02T03:04:05Z"
    status = Status("/i", 1200, 5, {"ar": 7}, "bundled", 256, 1_230_000, 0, updated, 0.97)
    assert list(status_lines(status, PIPE)) == [
        "index        /i",
        "articles     1,200",
        "passages     5",
        "languages    Arabic 7",
        "model        bundled (256 dimensions)",
        "size         1.2 MB",
        "tokens lost  0",
        "vectors      approximate, ann_recall@10 0.970",
        "updated      2025-01-02T03:04:05Z",
    ]


def test_a_model_takes_two_lines() -> None:
    here = ModelInfo("fast", "/m", 9_460_000, True, "31 languages", 0.45, 12_000)
    far = ModelInfo("a/longer-name", "hub", None, False, "MIT")
    assert list(model_lines([here, far], PIPE)) == [
        "fast            9.5 MB  on this machine",
        "  31 languages · MRR@10 across languages 0.45 · 12,000 passages a second · /m",
        "a/longer-name           to be fetched",
        "  MIT · hub",
    ]


def test_an_article_is_shown_whole_between_numbered_borders() -> None:
    text = "Un.\n\nDeux.\x1b[0m  Trois."
    document = Document("a.txt", text, "/n/a.txt", title="Titre", lang="fr", line=1)
    article = Article(
        document, (Chunk(0, 3, "Un."), Chunk(5, 14, text[5:14]), Chunk(16, 22, "Trois."))
    )
    assert list(article_lines(article, PIPE)) == [
        "Titre",
        "French · /n/a.txt:1",
        "",
        "── passage 1 · 0-3",
        "Un.",
        "",
        "── passage 2 · 5-14",
        "Deux.\ufffd[0m",
        "",
        "── passage 3 · 16-22",
        "Trois.",
    ]


def test_a_latin_line_of_an_arabic_paragraph_goes_with_it() -> None:
    lines = Screen(columns=20).paragraph("شارك الوزير باجتماع\u00a0الحلف NATO 2019.")
    assert lines[-1] == f"{RLI}2019.{PDI}".rjust(22)
