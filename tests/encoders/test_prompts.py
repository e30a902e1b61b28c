"""The table of prompts, by the names of models."""

import pytest

from semsearch.encoders.prompts import Prompts, known_prompts


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("intfloat/multilingual-e5-large", Prompts("query: ", "passage: ")),
        ("/models/e5-base-v2", Prompts("query: ", "passage: ")),
        ("hub/models--intfloat--e5-small/snapshots/0123abc", Prompts("query: ", "passage: ")),
        ("BAAI/bge-m3", Prompts()),
        ("sentence-transformers/all-MiniLM-L6-v2", Prompts()),
        ("my-e5-small-experiments/all-MiniLM-L6-v2", Prompts()),
        ("nomic-ai/nomic-embed-text-v1.5", Prompts("search_query: ", "search_document: ")),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", Prompts("query: ")),
    ],
)
def test_prompt_table(name: str, prompts: Prompts) -> None:
    assert known_prompts(name) == prompts


def test_e5_instruct_has_an_instruction_for_queries_only() -> None:
    prompts = known_prompts("intfloat/multilingual-e5-large-instruct")
    assert prompts.query.startswith("Instruct: ")
    assert prompts.query.endswith("\nQuery: ")
    assert prompts.passage == ""
