"""Measurements of semsearch; nothing here is imported by the package."""
