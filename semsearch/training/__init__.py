"""The recipe of the bundled model, and adapting it to pairs of texts of one's own.

Imports encoders, and needs torch and, for the recipe, the extra `train`. Only `semsearch train`
(`adapt`, `pairs`) and the benchmarks (`evaluate`) take something from it.
"""

__all__ = ["adapt", "evaluate", "pairs"]
