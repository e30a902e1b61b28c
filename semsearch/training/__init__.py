"""Training: the recipe of the bundled model, and adapting it to a user's own pairs of texts.

Imports encoders; needs torch, and for the recipe also the extra `train`. Only `semsearch train`
(`adapt`, `pairs`) and the benchmarks (`evaluate`) use it.
"""

__all__ = ["adapt", "evaluate", "pairs"]
