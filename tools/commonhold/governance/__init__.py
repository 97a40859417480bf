"""Decide who must approve a change, from people and ownership at its base."""
