"""Scripts whose characters are syllables or words, which need shorter n-grams than letters do."""

FIRST_SYLLABIC = "\u3040"
"""The first character of the Hiragana block. From here on nearly all characters in use are
syllables or words: kana, Han, Hangul. A choice, by the order of the blocks in Unicode."""
