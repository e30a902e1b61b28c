"""Text that is safe to print on a terminal: without control characters and hidden reordering."""

import re

# Characters that a terminal executes or that reorder others: C0 and C1 controls, bidi embeddings,
# overrides and isolates; also lone surrogates, which cannot be printed. ZWJ and ZWNJ stay, because
# Persian, Hindi and emoji need them, and so do LRM and RLM.
_SPACES = re.compile("\r\n|[\t\n\v\f\r\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\u2060\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def sanitize(text: str) -> str:
    r"""The text as one line that is safe to print on a terminal.

    Line ends and tabs become spaces, controls and lone surrogates U+FFFD; characters that only
    change the direction of the text after them are dropped.

    Example:
        >>> sanitize("a\tb\x1b[31m")
        'a b\ufffd[31m'
    """
    return _FORBIDDEN.sub("\ufffd", _INVISIBLE.sub("", _SPACES.sub(" ", text)))
