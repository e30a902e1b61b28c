"""What travels between a client and a server arrives as it was sent, whatever fields it has."""

from typing import Any, get_type_hints

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from semsearch import InputError, Mode, Request, SearchResult
from semsearch.client.wire import Question, Similar, dump, load
from semsearch.request import FilterOptions

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too
HINTS = {name: st.from_type(kind) for name, kind in get_type_hints(Request).items()}
CHOSEN = {"query": ANY_TEXT, "k": st.integers(1)}


@given(st.fixed_dictionaries({}, optional=HINTS | CHOSEN))
def test_every_option_of_a_request_arrives(options: dict[str, Any]) -> None:
    try:
        request = Request(**({"query": "x"} | options))
    except InputError:
        assume(False)
    arrived = load(Question, dump(Question(search=request)))
    assert dump(arrived) == dump(Question(search=request))
    assert isinstance(arrived.search, Request)
    assert isinstance(arrived.search.mode, Mode)


@given(st.from_type(SearchResult))
def test_every_field_of_an_answer_arrives(result: SearchResult) -> None:
    arrived = load(SearchResult, dump(result))
    assert dump(arrived) == dump(result)
    assert [type(hit) for hit in arrived.hits] == [type(hit) for hit in result.hits]


def test_similar_takes_every_filter() -> None:
    assert set(FilterOptions.__annotations__) <= set(Similar.__dataclass_fields__)


def test_names_that_are_no_utf8_arrive() -> None:
    asked = Question(similar=Similar("caf\udce9.txt", 3, ("fr",), base="/home/\udcff"))
    assert load(Question, dump(asked)) == asked


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "no JSON"),
        (b"[]", "the message must be an object"),
        (b'{"search": {}}', "query is missing"),
        (b'{"search": {"query": 1}}', "query must be a string, not 1"),
        (b'{"search": {"query": "x", "k": true}}', "k must be an integer, not True"),
        (b'{"search": {"query": "x", "langs": [1]}}', "langs must be a string, not 1"),
        (b'{"search": {"query": "x", "mode": "magic"}}', "mode must be one of hybrid, dense"),
        (b'{"find": {}}', "there is no 'find'; there are search, similar"),
    ],
)
def test_what_does_not_fit_is_told_by_its_name(sent: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(Question, sent)
