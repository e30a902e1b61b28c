"""What is marked in a passage: the sentence that answers, and the words of the query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.encoders import bundled_encoder
from semsearch.searching.highlight import Highlights, highlight
from semsearch.text.sentences import sentence_spans


def marked(query: str, text: str, lang: str) -> Highlights:
    encoder = bundled_encoder()
    spans = sentence_spans(text)
    vectors = encoder.encode_passages([text[start:end] for start, end in spans])
    cosines = vectors @ encoder.encode_queries([query])[0]
    (found,) = highlight(query, [text], [lang], [spans], cosines)
    return found


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
        ("en", "the of it", "The end of it.", []),
    ],
)  # fmt: skip
def test_words_of_the_query_are_marked_in_any_inflection(
    lang: str, query: str, text: str, words: list[str]
) -> None:
    assert [text[start:end] for start, end in marked(query, text, lang).matches] == words


@pytest.mark.parametrize(
    ("lang", "query", "sentences", "answer"),
    [
        ("en", "Who won the cup final?", ["It rained all day.", "Northgate won the final 3-0.", "Trains ran late."], 1),
        ("en", "Qui a gagné la finale ?", ["It rained all day.", "Trains ran late.", "Northgate won the final 3-0."], 2),
        ("fr", "cracks in the dam", ["Le barrage était fissuré.", "La fête a duré trois jours.", "Il fait beau."], 0),
        ("ar", "How many people died?", ["افتتح المعرض أبوابه.", "لقي أربعة عشر شخصا حتفهم.", "الطقس جميل."], 1),
        ("zh", "earthquake damage", ["音乐会很成功。", "地震摧毁了许多房屋。", "他们喝了茶。"], 1),
    ],
)  # fmt: skip
def test_the_sentence_that_answers_is_marked(
    lang: str, query: str, sentences: list[str], answer: int
) -> None:
    text = " ".join(sentences)
    assert sentences[answer] in [text[a:b] for a, b in marked(query, text, lang).sentences]


@given(
    query=st.text(max_size=30),
    text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120),
    lang=st.sampled_from(["en", "ar", "zh", "th", "hi", "tr", "xx"]),
)
def test_spans_lie_in_the_passage_in_order_and_apart(query: str, text: str, lang: str) -> None:
    for spans in marked(query, text, lang):
        borders = [border for span in spans for border in span]
        assert borders == sorted(borders)
        assert all(start < end for start, end in spans)
        assert all(0 <= border <= len(text) for border in borders)
