"""Inspect every artifact before the first upload: find files that the index would reject or that would not work."""
