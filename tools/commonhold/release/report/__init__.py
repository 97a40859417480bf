"""Describe a finished release: notes, documents for other programs, tags, and a rollback sheet."""
