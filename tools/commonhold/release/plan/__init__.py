"""Decide what a release contains: distributions, versions, order and exclusions."""
