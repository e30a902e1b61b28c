"""Proof that an index folder loses nothing: runs killed at any moment, and power cut at any write.

`python -m tests.torture` runs it for minutes; `tests/test_torture.py` for seconds.
"""
