"""Measuring semsearch on labelled collections."""
