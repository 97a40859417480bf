"""Writes the pages and pictures that are made from the code."""
