"""Text that is safe to print: nothing in it can command the terminal."""

import re

# What a terminal obeys instead of showing, or shows in another place than it stands: C0 and C1
# controls, bidi embeddings, overrides and isolates, lone surrogates (which cannot be printed).
# ZWJ and ZWNJ stay: Persian, Hindi and emoji are written with them. So do LRM and RLM.
_SPACES = re.compile("\r\n|[\t\n\v\f\r\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\u2060\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def sanitize(text: str) -> str:
    r"""The text as one line that is safe to print: nothing in it can command the terminal.

    Line ends and tabs become spaces, controls and lone surrogates U+FFFD; characters that only
    turn the direction of what follows are dropped.

    Example:
        >>> sanitize("a\tb\x1b[31m")
        'a b\ufffd[31m'
    """
    return _FORBIDDEN.sub("\ufffd", _INVISIBLE.sub("", _SPACES.sub(" ", text)))
