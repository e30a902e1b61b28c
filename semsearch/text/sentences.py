"""Where sentences and graphemes end, in every script.

Offsets are code points, as Python's slices count them.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]
"""(start, end) of a slice."""

# Marks that end a sentence whether or not a space follows: Arabic and Urdu, Indic, Ethiopic,
# Khmer, Burmese, Tibetan, Armenian, Mongolian, Ol Chiki, Meetei, Vai, Sinhala, Chinese, Japanese.
_MARKS = "؟۔।॥።፧፨។៕။།༎։᠃᠉᱾᱿꯫꘎꘏෴。！？｡︒︕︖‼⁇⁈⁉"
# Marks that end one only before white space, unlike those in "3.5", "a.b" and "?q=1". A Greek
# question mark looks like `;`.
_SPACED_MARKS = ".!?…‽．;\u037e"
_CLOSERS = "\"'”’›)\\]}」』】》〉）］｝〕〗〙〞\ufe00-\ufe0f"
_EITHER = "“‘«»‹"  # close a quotation in German, Danish or French, open one in Chinese or Spanish
_END = re.compile(
    f"[{_MARKS}{_SPACED_MARKS}]+(?:[{_CLOSERS}]|[{_EITHER}](?!\\S)|[ \u00a0\u202f]»)*"
)
_UP_TO_WORD = re.compile(r"[\s\"'«»“”„‚‘’‹›(\[{¿¡–—-]*")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_QUOTE_GOES_ON = re.compile("[」』”][ぁ-ん]")  # 「…。」と述べた: the sentence goes on

# Thai and Lao mark no sentences; a space stands between phrases. Not before ๆ and ฯ, which belong
# to the word before them, and not beside digits or Latin words, which are always spaced.
_PHRASE_END = re.compile(
    "(?<=[\u0e01-\u0eff])[ \u00a0]+(?=[\u0e01-\u0e2e\u0e40-\u0e44\u0e81-\u0ec4])"
)
_PHRASE_CHARS = 40  # shorter phrases are joined to the next; a choice

_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_WRAP_CHARS = (40, 120)  # widths at which an editor may have broken lines; a choice

# Only abbreviations that a capital or a name commonly follows: no sentence ends before a small
# letter anyway.
_ABBREVIATED = """
Mr Mrs Ms Dr Prof Gen Col Lt Capt Sgt Maj Adm Sen Rep Gov Pres Rev Hon Jr Sr St Mt No Nos vs Inc Ltd
Co Corp Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec MM Mme Mlle Mgr Hr Fr Nr Str Abs Art Bd bzw
ca Mio Mrd Sra Srta Dra Ud Uds EE UU Sto Sta Excmo Exmo Sig Dott Avv Ing dhr mevr Dipl Hrsg prof dr
nr cf sv Hl Tn Nn hr проф акад ген им ул гор обл руб млн млрд тыс
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]|\d{1,2}")  # "U.S", "J", and "3" of "3. Oktober"


def sentence_spans(text: str) -> list[Span]:
    """The sentences of a text in order: trimmed, none empty, each non-space character in one.

    The end of a line ends a sentence, except where an editor wrapped a paragraph. In scripts that
    do not mark sentences (Thai, Lao), phrases between spaces are used instead. When in doubt ("M.
    Dupont", "3. Oktober") two sentences stay one, which does less harm to a passage.

    Example:
        >>> text = "M. Dupont est venu. 他来了。为什么？"
        >>> [text[start:end] for start, end in sentence_spans(text)]
        ['M. Dupont est venu.', '他来了。', '为什么？']
    """
    spans: list[Span] = []
    for first, last in _paragraphs(text):
        start = first
        for border in (*_borders(text, first, last), last):
            span = trim(text, start, border)
            if span[0] < span[1]:
                spans.append(span)
            start = border
    return spans


def trim(text: str, start: int, end: int) -> Span:
    """The slice without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def grapheme_borders(text: str, start: int, end: int) -> list[int]:
    """The offsets inside a slice at which it may be cut without breaking a visible character."""
    import regex  # 20 ms, and only a word that is longer than a passage needs it

    ends = [match.end() for match in regex.finditer(r"\X", text, pos=start, endpos=end)]
    return ends[:-1]


def extends(char: str) -> bool:
    """Whether a character belongs to the grapheme before it (UAX #29 Extend, SpacingMark, ZWJ)."""
    return (
        char in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
        or unicodedata.category(char)[0] == "M"
    )


def _paragraphs(text: str) -> Iterator[Span]:
    """Lines, or blocks of lines that were one paragraph before an editor wrapped it."""
    block: list[Span] = []
    for match in _LINE.finditer(text):
        start, end = match.span()
        if block and (match[0].isspace() or start - block[-1][1] > 1 + (text[start - 2] == "\r")):
            yield from _unwrap(text, block)
            block = []
        if not match[0].isspace():
            block.append((start, end))
    yield from _unwrap(text, block)


def _unwrap(text: str, block: list[Span]) -> list[Span]:
    """The paragraphs of a block of lines: each line is one, unless an editor wrapped the text."""
    paragraphs = block[:1]
    wrapped = _is_wrapped(text, block)
    for (before_start, before_end), (start, end) in pairwise(block):
        if wrapped or (before_end - before_start >= _WRAP_CHARS[0] and _is_small(text[start])):
            paragraphs[-1] = (paragraphs[-1][0], end)
        else:
            paragraphs.append((start, end))
    return paragraphs


def _is_wrapped(text: str, block: list[Span]) -> bool:
    """Whether every line is so full that the first word of the next did not fit."""
    width = max((end - start for start, end in block), default=0)
    return _WRAP_CHARS[0] <= width <= _WRAP_CHARS[1] and all(
        end - start + 1 + len(text[next_start:next_end].split(maxsplit=1)[0]) > width
        for (start, end), (next_start, next_end) in pairwise(block)
    )


def _is_small(char: str) -> bool:
    """Whether a letter cannot begin a sentence. Georgian has no capitals in use (Unicode Ll)."""
    return char.islower() and not "\u10d0" <= char <= "\u10ff"


def _borders(text: str, start: int, end: int) -> list[int]:
    """Offsets inside a paragraph at which one sentence ends and the next begins."""
    borders = [
        match.end()
        for match in _END.finditer(text, start, end)
        if match.end() < end and _ends_sentence(text, match)
    ]
    phrase_ends = {match.end() for match in _PHRASE_END.finditer(text, start, end)}
    if not phrase_ends:
        return borders
    joined = []
    for border in sorted(phrase_ends.union(borders)):
        if border not in phrase_ends or border - start >= _PHRASE_CHARS:
            joined.append(border)
            start = border
    return joined


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Whether the marks that were found, which are not at the end of the text, end a sentence."""
    marks, start, end = match[0], match.start(), match.end()
    following = text[end]
    if not following.isspace():
        unspaced = any(mark in _MARKS for mark in marks)
        goes_on = _QUOTE_GOES_ON.match(text, end - 1)
        return unspaced and not goes_on and not extends(following)
    if marks[0] in ";\u037e" and not _GREEK.match(text, max(0, start - 1)):
        return False
    word_start = _UP_TO_WORD.match(text, end)
    if word_start and _is_small(text[word_start.end() : word_start.end() + 1]):
        return False
    if marks == ".":
        word = _last_word(text, start)
        return not (word in _ABBREVIATIONS or _INITIALS.fullmatch(word))
    return True


def _last_word(text: str, end: int) -> str:
    words = text[max(0, end - 16) : end].split()
    return words[-1].lstrip("\"'«“„‚‘’‹([{-") if words else ""
