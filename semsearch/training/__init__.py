"""The recipe of the bundled model, from parallel text to the folder that `StaticEncoder` loads.

Nothing else in the package imports it: it needs torch and the `train` extra.
"""
