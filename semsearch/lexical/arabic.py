"""Clitics of Arabic words: what is written together with a word but is a word of its own.

Conjunctions (و and, ف then) stand before prepositions (ب in, ك like, ل for), and these before the
article (ال). The Snowball stemmer takes each of them away, but not all combinations: والمدرسة and
مدرسة (and the school, school) have two stems, as have الوزير and وزير (minister), of which it takes
the first letter for a conjunction.
"""

import re

_WITH_ARTICLE = re.compile("[وف]?(?:[بك]?ال|لل)(?=.{2})")
_VOWELS = re.compile("[\u064b-\u0652\u0670]")

_SHORTEST = 2
"""Letters of a prefix, beyond which its first one may be a word of its own. A choice."""


def without_clitics(word: str) -> str:
    """A word without vowel signs, and without the article and what stands before it."""
    word = _VOWELS.sub("", word)
    article = _WITH_ARTICLE.match(word)
    return word[article.end() :] if article else word


def without_conjunction(word: str) -> str:
    """A word without its first letter where the Snowball stemmer may take it for another word."""
    return word[1:] if len(word) > _SHORTEST and word[0] in "وفبكلس" else word
