"""Tests that an index folder loses nothing when runs are killed or the power fails.

`python -m tests.torture` runs for minutes, `tests/indexing/test_torture.py` for seconds.
"""
