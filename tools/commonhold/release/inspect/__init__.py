"""Inspect every artifact before the first upload: find artifacts that the index would reject or that would not work."""
