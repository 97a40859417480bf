"""Describe the Python environments that plugins are installed into."""
