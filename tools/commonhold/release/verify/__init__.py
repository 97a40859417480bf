"""Verify a published release: compare the hash of every file, and resolve every plugin."""
