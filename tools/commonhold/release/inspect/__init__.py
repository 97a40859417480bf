"""Inspect every artifact before the first upload: find what the index would reject and what would not work."""
