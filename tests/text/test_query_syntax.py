"""The syntax of a query: what is an operator, and what stays text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.text.query_syntax import Query, parse


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ('"free movement" doctors', Query("free movement doctors", ("free movement",))),
        ('"open borders" or "free movement"', Query(
            "open borders or free movement", ("open borders", "free movement"))),
        ("jaguar -car", Query("jaguar", (), ("car",))),
        ("jaguar -car, zoo", Query("jaguar zoo", (), ("car",))),
        ('jaguar -"electric car" zoo', Query("jaguar zoo", (), ("electric car",))),
        ("-car", Query("", (), ("car",))),
        ("terror* Paris", Query("terror Paris", ("terror*",))),
        ("jaguar -car*", Query("jaguar", (), ("car*",))),
        ('"free mov*" (terror*)', Query("free mov (terror)", ("free mov*", "terror*"))),
        ("programming -C++ -F-16", Query("programming", (), ("C++", "F-16"))),
        ('(-car) ("free movement") said—"open borders"', Query(
            "( (free movement) said—open borders", ("free movement", "open borders"), ("car",))),
        ("« libre circulation » médecins", Query(
            "libre circulation médecins", ("libre circulation",))),
        ("„freie Fahrt“ »für alle« „od dziś”", Query(
            "freie Fahrt für alle od dziś", ("freie Fahrt", "für alle", "od dziś"))),
        ("”fri rörlighet” »öppna gränser»", Query(
            "fri rörlighet öppna gränser", ("fri rörlighet", "öppna gränser"))),
        ("“free movement” -«deux mots»", Query(
            "free movement", ("free movement",), ("deux mots",))),
        ("美国“自由行动”法案 -汽车", Query("美国自由行动法案", ("自由行动",), ("汽车",))),
        ("美国＂自由＂ －汽车 安全＊", Query("美国自由 安全", ("自由", "安全*"), ("汽车",))),
        ("「安全保障」 理事会", Query("安全保障 理事会", ("安全保障",))),
        ("مدرسة -سيارة", Query("مدرسة", (), ("سيارة",))),
        ("การประชุ* ไทย", Query("การประชุ ไทย", ("การประชุ*",))),
        ('"การประชุ* ไทย"', Query("การประชุ ไทย", ("การประชุ* ไทย",))),
        ('"צה"ל ניצח"', Query('צה"ל ניצח', ('צה"ל ניצח',))),
        ('say "🎉"', Query("say 🎉", ("🎉",))),
    ],
)  # fmt: skip
def test_operators_are_found(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    "text",
    [
        "an F-16, well-known, aujourd'hui, rock 'n' roll",
        "-5 °C and −5, 2019-2020, - 5",
        "Paris - London, a lone - or -- or ---",
        "--help --lang=fr",
        'an unclosed "quote and „another',
        '5" disks and 3" disks',
        'the צה"ל army',
        '"" "!?" « » “”',
        "* ** *bold* **bold** 2*3 a * b 5* hotels",
        "Lehrer*innen",
        "me@example.org https://example.org/a-b?q=*&r=-1",
        'x="a b" y=-z print("hello world") f(-x) NEAR(town*',
        "  two  spaces  ",
        "",
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert parse(text) == Query(text)


def test_quotes_far_apart_are_no_phrase() -> None:
    article = f'"{"free movement " * 50}"'
    assert parse(article) == Query(article)


@given(st.text())
def test_any_text_is_a_query(text: str) -> None:
    query = parse(text)
    assert all(each.strip() for each in (*query.required, *query.excluded))


@given(st.text(st.characters(exclude_characters='"“”„«»‹›「」『』｢｣〝〞〟＂-－*＊')))
def test_a_text_without_operators_is_not_changed(text: str) -> None:
    assert parse(text) == Query(text)


@given(st.text(alphabet='a é"-*“”„«» \n٣文ไก่', max_size=30))
def test_any_mixture_of_operators_is_a_query(text: str) -> None:
    query = parse(text)
    assert all(each.strip() for each in (*query.required, *query.excluded))
