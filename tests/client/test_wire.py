"""What travels between a client and a server arrives as it was sent, whatever fields it has."""

from typing import Any, get_type_hints

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from semsearch import InputError, Mode, Request, SearchResult
from semsearch.client.wire import dump, load, load_question
from semsearch.request import FilterOptions, Filters, SearchOptions, Similar

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too
HINTS = get_type_hints(Request)
FIELDS = {name: st.from_type(HINTS[name]) for name in Request.__dataclass_fields__}
CHOSEN = {"query": ANY_TEXT, "k": st.integers(1)}


@given(st.fixed_dictionaries({}, optional=FIELDS | CHOSEN))
def test_every_option_of_a_request_arrives(options: dict[str, Any]) -> None:
    try:
        request = Request(**({"query": "x"} | options))
    except InputError:
        assume(False)
    arrived = load_question(dump(request))
    assert dump(arrived) == dump(request)
    assert isinstance(arrived, Request)
    assert isinstance(arrived.mode, Mode)


@given(st.from_type(SearchResult))
def test_every_field_of_an_answer_arrives(result: SearchResult) -> None:
    arrived = load(SearchResult, dump(result))
    assert dump(arrived) == dump(result)
    assert [type(hit) for hit in arrived.hits] == [type(hit) for hit in result.hits]


def test_every_field_of_a_request_is_a_keyword_argument_of_a_search() -> None:
    assert set(FilterOptions.__annotations__) == set(Filters.__dataclass_fields__)
    assert {"query", "k", *SearchOptions.__annotations__} == set(Request.__dataclass_fields__)


def test_similar_takes_every_filter() -> None:
    assert set(FilterOptions.__annotations__) <= set(Similar.__dataclass_fields__)


def test_names_that_are_no_utf8_arrive() -> None:
    asked = Similar("caf\udce9.txt", 3, langs=("fr",), base="/home/\udcff")
    assert load_question(dump(asked)) == asked


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "not valid JSON"),
        (b"[]", "the message must be an object"),
        (b"{}", "query is missing"),
        (b'{"query": 1}', "query must be a string, not 1"),
        (b'{"query": "x", "k": true}', "k must be an integer, not True"),
        (b'{"query": "x", "langs": [1]}', "langs must be a string, not 1"),
        (b'{"query": "x", "mode": "magic"}', "mode must be one of hybrid, dense"),
        (b'{"find": {}}', "there is no field 'find'; the fields are query, k, mode"),
    ],
)
def test_what_does_not_fit_is_told_by_its_name(sent: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_question(sent)
