"""How many passages a second a model encodes on this machine."""

import time

from semsearch.types import Encoder

LEAST_SECONDS = 0.4
"""A shorter measurement is repeated with four times as many passages: a choice."""

_FIRST = 8
"""Passages of the first measurement: a choice, half a second for a transformer on one core."""

_ARTICLE = """
The ferry between the two islands will sail again from Monday, seven weeks after a storm damaged the
pier at its northern end. Engineers replaced eleven steel piles and tested the ramp with loaded
lorries on Friday. During the closure medicine and post came by plane, and farmers paid three times
the usual price to bring animals to the market. The council expects the repair to cost four million
euros, of which the ministry of transport has promised half. Fishermen asked for a breakwater, since
it was the third storm in five years, but a decision is not expected before the election in spring.
"""


def passages_per_second(encoder: Encoder) -> float:
    """The speed on passages of 100 English words, without the time to load the model."""
    words = _ARTICLE.split()
    encoder.encode_passages([_ARTICLE])  # loads what the first text needs
    number = _FIRST
    while True:
        starts = (place % len(words) for place in range(number))
        passages = [" ".join(words[start:] + words[:start]) for start in starts]
        began = time.perf_counter()
        encoder.encode_passages(passages)
        seconds = time.perf_counter() - began
        if seconds >= LEAST_SECONDS:
            return number / seconds
        number *= 4
