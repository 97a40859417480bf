"""Rename a plugin: its distribution, its import package, its folder, and every mention of them."""
