"""Training: the recipes of the models in the package, and adapting models.

Imports encoders; needs torch, and for the recipe also the extra `train`. Only `semsearch train`
(`adapt`, `linear`, `neutral_model`, `pairs`) and the benchmarks (`evaluate`) use it.
"""

__all__ = ["adapt", "evaluate", "linear", "neutral_model", "pairs"]
