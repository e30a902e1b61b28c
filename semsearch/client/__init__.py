"""Asking the server of an index, where one runs."""
