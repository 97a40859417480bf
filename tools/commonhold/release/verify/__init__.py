"""Verify a published release: every file by its hash, and every plugin by installing it."""
