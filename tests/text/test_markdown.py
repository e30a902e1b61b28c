"""Signs of Markdown are found where they are signs, and only there."""

import pytest

from semsearch.text.markdown import is_heading, markdown_signs, without_markdown


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("## NATO's part", "NATO's part"),
        ("> - **Bold** and __strong__ text", "Bold and strong text"),
        ("* one\n* two\n+ three", "one\ntwo\nthree"),
        ('See [the *report*](https://a.example/x_(y) "title").', "See the report."),
        ("![A dam](dam.jpg) [note][1]", "A dam note"),
        ("`code` and ~~old~~ _news_", "code and old news"),
        ("*two\nlines*", "two\nlines"),
        ("**half of a pair", "half of a pair"),
        ("Title\n=====\ntext", "Title\n\ntext"),
        ("C'est **très *bon* ça**.", "C'est très bon ça."),
        ("他说**不**。", "他说不。"),
    ],
)
def test_signs_are_taken_out(text: str, plain: str) -> None:
    assert without_markdown(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 = 24",
        "snake_case_name, a_b_c",
        "#metoo and #1",
        "The F-16 - a jet - is here.",
        "1. First",
        "see [2] and (3)",
        "5 > 3",
        "price (*) see note*",
        "",
    ],
)
def test_what_only_looks_like_a_sign_stays(text: str) -> None:
    assert markdown_signs(text) == []


def test_a_heading_has_a_sign_and_a_space() -> None:
    assert is_heading("## NATO's part")
    assert not is_heading("#metoo is a year old.")
