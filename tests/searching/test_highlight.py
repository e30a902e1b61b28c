"""What is marked in a passage: the sentence that answers, and the words of the query."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch import SearchIndex
from semsearch.encoders import bundled_encoder
from semsearch.searching.highlight import Highlights, Passage, highlight
from semsearch.text.sentences import sentence_spans
from semsearch.types import MIN_RELEVANCE


def marked(query: str, text: str, lang: str, title: str = "") -> Highlights:
    encoder = bundled_encoder()
    spans = sentence_spans(text)
    shares = encoder.align(query, encoder.token_ids([text[start:end] for start, end in spans]))
    (found,) = highlight(query, [Passage(text, title, lang, spans)], shares)
    return found


def sentences(query: str, text: str, lang: str, title: str = "") -> list[str]:
    return [text[start:end] for start, end in marked(query, text, lang, title).sentences]


@pytest.mark.parametrize(
    ("lang", "query", "text", "words"),
    [
        ("en", "negotiating ministers", "The minister negotiates in Rome.", ["minister", "negotiates"]),
        ("fr", "négociation suspendue", "Les négociations sont suspendues.", ["négociations", "suspendues"]),
        ("fr", "eau", "L'eau est montée.", ["eau"]),
        ("de", "Wahl Stadt", "Die Wahlen in den Städten.", ["Wahlen", "Städten"]),
        ("es", "elección municipal", "Las elecciones municipales.", ["elecciones", "municipales"]),
        ("ru", "министр санкция", "Министры обсудили санкции.", ["Министры", "санкции"]),
        ("ar", "الوزراء الرباط", "اجتمع الوُزَراءُ في الرِّباط.", ["الوُزَراءُ", "الرِّباط"]),
        ("hi", "चुनाव नतीजे", "चुनाव के नतीजे आए।", ["चुनाव", "नतीजे"]),
        ("zh", "联合国会议", "昨天联合国开会。", ["联合国"]),
        ("ja", "安全保障", "国連の安全保障理事会。", ["安全保障"]),
        ("th", "สหประชาชาติ", "วันนี้สหประชาชาติแถลง", ["สหประชาชาติ"]),
        ("en", "Pompeo Washington 2019", "In 2019 Pompeo spoke.", ["2019", "Pompeo"]),
        ("en", "4500 jobs", "They cut 4,500 jobs.", ["4,500", "jobs"]),
        ("en", "F16 fighters, C++", "An F-16 fighter; (C++) code.", ["F-16", "fighter", "C++"]),
        ("fr", "Épinal", "La ville d\u2019E\u0301pi\u00adnal.", ["d\u2019E\u0301pi\u00adnal"]),
        ("en", "the of it", "The end of it.", []),
    ],
)  # fmt: skip
def test_words_of_the_query_are_marked_in_any_inflection(
    lang: str, query: str, text: str, words: list[str]
) -> None:
    assert [text[start:end] for start, end in marked(query, text, lang).matches] == words


@pytest.mark.parametrize(
    ("lang", "query", "candidates", "answer"),
    [
        ("en", "Who won the cup final?", ["It rained all day.", "Northgate won the final 3-0.", "Trains ran late."], 1),
        ("en", "Qui a gagné la finale ?", ["It rained all day.", "Trains ran late.", "Northgate won the final 3-0."], 2),
        ("fr", "cracks in the dam", ["Le barrage était fissuré.", "La fête a duré trois jours.", "Il fait beau."], 0),
        ("ar", "How many people died?", ["افتتح المعرض أبوابه.", "لقي أربعة عشر شخصا حتفهم.", "الطقس جميل."], 1),
        ("zh", "earthquake damage", ["音乐会很成功。", "地震摧毁了许多房屋。", "他们喝了茶。"], 1),
    ],
)  # fmt: skip
def test_the_sentence_that_answers_is_marked(
    lang: str, query: str, candidates: list[str], answer: int
) -> None:
    text = " ".join(candidates)
    assert sentences(query, text, lang)[0] == candidates[answer]


def test_a_word_that_every_sentence_has_does_not_decide() -> None:
    text = "The tunnel is long. The tunnel flooded. The tunnel is old and the tunnel is dark."
    assert sentences("Why was the tunnel closed? Floods?", text, "en") == ["The tunnel flooded."]


@pytest.mark.parametrize(
    "text",
    [
        "Dam bursts near Orford\nWater rose overnight. The dam burst at dawn.",
        "# Dam *bursts* near Orford\n\nWater rose overnight. The dam burst at dawn.",
        "Dam bursts near Orford.\n\n## Dam bursts\n\nWater rose overnight. The dam burst at dawn.",
    ],
)
def test_neither_the_title_nor_a_heading_answers(text: str) -> None:
    found = sentences("dam bursts near Orford", text, "en", "Dam bursts near Orford")
    assert found == ["The dam burst at dawn."]


def test_a_title_is_marked_where_it_is_all_that_a_passage_says() -> None:
    title = "Dam bursts near Orford"
    assert sentences("dam burst", f"# {title}", "en", title) == [f"# {title}"]


def test_the_best_of_two_sentences_comes_first() -> None:
    text = "The council met on Monday. Later the mayor resigned. The mayor resigned on Monday."
    first = sentences("When did the mayor resign? Monday?", text, "en")[0]
    assert first == "The mayor resigned on Monday."


def test_nothing_is_marked_that_says_nothing_of_the_query() -> None:
    assert marked("goat", "😀 😀.", "en") == Highlights((), ())


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    """Two articles on one matter, one of them in Markdown, and one on another."""
    (tmp_path / "rate.txt").write_text(
        "Rates\n\nThe economy is slow.\n\nThe central bank raised its key rate to 3.25 percent.\n",
        encoding="utf-8",
    )
    (tmp_path / "dam.md").write_text(
        "---\nlang: en\n---\n# The dam\n\nIt rained.\n\n- The dam **burst** at dawn.\n",
        encoding="utf-8",
    )
    (tmp_path / "goat.txt").write_text(
        "Goats\n\nA goat ate the hay of a farmer.\n", encoding="utf-8"
    )
    return SearchIndex.build([tmp_path], tmp_path / "index")


@pytest.mark.parametrize(
    ("query", "name", "line"),
    [("key rate of the central bank", "rate.txt", 5), ("when did the dam burst", "dam.md", 8)],
)
def test_a_hit_names_the_line_of_its_answer(
    index: SearchIndex, query: str, name: str, line: int
) -> None:
    hit = index.search(query).hits[0]
    assert (hit.doc_id, hit.line) == (name, line)


def test_a_hit_that_does_not_answer_has_no_sentence(index: SearchIndex) -> None:
    for hit in index.search("key rate of the central bank").hits:
        assert hit.relevance is not None
        assert bool(hit.highlights) is (hit.relevance >= MIN_RELEVANCE)
    assert index.search("key rate of the central bank").hits[-1].highlights == ()


@given(
    query=st.text(max_size=30),
    text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120),
    lang=st.sampled_from(["en", "ar", "zh", "th", "hi", "tr", "xx"]),
)
def test_spans_lie_in_the_passage_and_apart(query: str, text: str, lang: str) -> None:
    found = marked(query, text, lang)
    assert list(found.matches) == sorted(found.matches)
    for spans in found:
        borders = [border for span in sorted(spans) for border in span]
        assert borders == sorted(borders)
        assert all(start < end for start, end in spans)
        assert all(0 <= border <= len(text) for border in borders)
